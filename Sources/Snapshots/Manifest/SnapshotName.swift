package import LarderModel

/// The name of a snapshot: when it was made (UTC), by which Larder, and its ID:
/// `2026-11-27T06-00-00Z-5f0c9a1be2d34477-c0ffee42`.
package struct SnapshotName: Sendable, Hashable, Comparable {
    /// To the second.
    package let createdAt: Timestamp
    /// 16 hexadecimal digits that tell a Larder from every other.
    package let larder: String
    /// Eight hexadecimal digits.
    package let id: String

    package init(createdAt: Timestamp, larder: String, id: String) {
        self.createdAt = Timestamp(milliseconds: createdAt.milliseconds / 1_000 * 1_000)
        self.larder = larder
        self.id = id
    }

    /// - Returns: nil when no snapshot is called so.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 7, Self.isHex(parts[5], 16), Self.isHex(parts[6], 8) else { return nil }
        // "2026", "11", "27T06", "00", "00Z"
        let time = "\(parts[0])-\(parts[1])-\(parts[2]):\(parts[3]):\(parts[4])"
        guard let moment = Timestamp(iso8601: time) else { return nil }
        self.init(createdAt: moment, larder: String(parts[5]), id: String(parts[6]))
        guard self.text == text else { return nil }
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { hexValue($0) != nil && !(0x41...0x46 ~= $0) }
    }

    package var text: String {
        let time = String(createdAt.iso8601.prefix(19)).replacing(":", with: "-")
        return "\(time)Z-\(larder)-\(id)"
    }

    /// Older first; of one second, by the text.
    package static func < (a: SnapshotName, b: SnapshotName) -> Bool {
        (a.createdAt, a.text) < (b.createdAt, b.text)
    }

    /// A clock that is behind by this or less is waited for by nobody: names go on behind the last one.
    private static let behindMax = Duration.seconds(60)

    /// A new one. Of one Larder no two have the same second, so that their order is that in which they were made.
    /// - Parameters:
    ///   - larder: 16 hexadecimal digits.
    ///   - last: of the same Larder; nil: there is none.
    package static func new(at now: Timestamp, larder: String, behind last: SnapshotName?) -> SnapshotName {
        var random = SystemRandomNumberGenerator()
        var now = now
        if let last, now < last.createdAt + .seconds(1), last.createdAt <= now + behindMax {
            now = last.createdAt + .seconds(1)
        }
        return SnapshotName(createdAt: now, larder: larder, id: newHex(4, &random))
    }

    /// What tells a Larder from every other, new.
    package static func newLarder() -> String {
        var random = SystemRandomNumberGenerator()
        return newHex(8, &random)
    }

    private static func newHex(_ count: Int, _ random: inout SystemRandomNumberGenerator) -> String {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }.hex
    }
}
