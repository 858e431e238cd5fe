import ArgumentParser
import FoundationEssentials
import LarderClient

/// `2026-05-10T06:12:47Z`, or `2026-05-10` for its beginning in UTC.
struct Moment: ExpressibleByArgument {
    var date: Date

    init?(argument: String) {
        let isDay = argument.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
        guard let date = ClientJSON.date(isDay ? argument + "T00:00:00Z" : argument) else { return nil }
        self.date = date
    }
}
