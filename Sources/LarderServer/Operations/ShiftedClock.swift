import Glibc
import LarderModel

/// For tests: the environment variable `LARDER_CLOCK_OFFSET`, such as `31d` or `-90d`, shifts the clock that retention
/// and expiry go by.
enum ShiftedClock {
    static let variable = "LARDER_CLOCK_OFFSET"

    /// - Throws: `LarderError` when the variable is set and is no duration.
    static func fromEnvironment() throws(LarderError) -> WallClock {
        guard let text = getenv(variable).map({ String(cString: $0) }), !text.isEmpty else { return .system }
        let isBack = text.hasPrefix("-")
        guard let shift = Duration(parsing: isBack ? text.dropFirst() : text[...]) else {
            throw LarderError(.malformedRequest, "\(variable) is a duration such as 31d or -90d; got '\(text)'")
        }
        return WallClock { isBack ? WallClock.system.now() - shift : WallClock.system.now() + shift }
    }
}
