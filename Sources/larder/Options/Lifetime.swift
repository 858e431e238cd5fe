import ArgumentParser
import LarderModel

/// `24h`
struct Lifetime: ExpressibleByArgument {
    var duration: Duration
    var text: String { duration.policyText }
    var defaultValueDescription: String { text }

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Duration(parsing: argument) else { return nil }
        self.duration = duration
    }
}

/// `10m`, or `0s`.
struct LifetimeOrZero: ExpressibleByArgument {
    var duration: Duration
    var text: String { duration.policyText }
    var defaultValueDescription: String { text }

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = argument == "0s" ? .zero : Duration(parsing: argument) else { return nil }
        self.duration = duration
    }
}
