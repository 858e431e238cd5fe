import LarderModel

/// When a value is to go, as clients say it. Both forms come down to a whole second.
enum KVExpiry {
    /// Seconds that a value lives at least.
    static let secondsMin: Int64 = 60
    /// The last second that can be named: the year 9999.
    private static let secondMax: Int64 = 253_402_300_799

    /// - Parameters:
    ///   - ttl: seconds from now; counts where both are given.
    ///   - at: seconds since 1970.
    /// - Throws: `LarderError` `.malformedRequest`.
    static func expiry(ttl: String?, at: String?, now: Timestamp) throws(LarderError) -> Expiry {
        if let ttl {
            guard let seconds = whole(ttl), (secondsMin...secondMax).contains(seconds) else {
                throw LarderError(
                    .malformedRequest, "Invalid expiration_ttl of \(ttl.prefix(40)): it is at least \(secondsMin).")
            }
            return time(min(now.wholeSeconds + seconds, secondMax))
        }
        guard let at else { return .never }
        guard let second = whole(at), second <= secondMax, second - now.wholeSeconds >= secondsMin else {
            throw LarderError(
                .malformedRequest,
                "Invalid expiration of \(at.prefix(40)): it is in seconds since 1970, at least \(secondsMin) from now.")
        }
        return time(second)
    }

    private static func time(_ second: Int64) -> Expiry { .at(Timestamp(milliseconds: second * 1_000)) }

    /// A whole number, which clients may write as `60.0`.
    private static func whole(_ text: String) -> Int64? {
        if let number = Int64(text) { return number }
        guard let number = Double(text), number.isFinite, abs(number) < 1e15, number == number.rounded() else {
            return nil
        }
        return Int64(number)
    }
}
