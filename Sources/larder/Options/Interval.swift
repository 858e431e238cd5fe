import ArgumentParser
import LarderModel

/// `1h`, or `off`.
struct Interval: ExpressibleByArgument {
    /// nil: off.
    var duration: Duration?

    init(_ duration: Duration?) { self.duration = duration }

    init?(argument: String) {
        if argument == "off" { return }
        guard let duration = Duration(parsing: argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { duration?.policyText ?? "off" }
}
