import ArgumentParser
import LarderModel

/// `1GB`
struct Room: ExpressibleByArgument {
    var count: ByteCount

    init(_ count: ByteCount) { self.count = count }

    init?(argument: String) {
        guard let count = ByteCount(parsing: argument) else { return nil }
        self.count = count
    }

    var defaultValueDescription: String { count.description }
}
