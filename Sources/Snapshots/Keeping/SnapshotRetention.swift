import LarderModel

/// Which snapshots of a Larder are kept: the last so many, and the last one of each of so many days (UTC) on which
/// there was one.
package struct SnapshotRetention: Sendable, Hashable {
    package let last: Int
    package let daily: Int

    package init(last: Int, daily: Int) {
        self.last = last
        self.daily = daily
    }

    private static let millisecondsOfDay: Int64 = 86_400_000

    /// - Returns: those of the names that are kept; never none of some.
    package func kept(of names: [SnapshotName]) -> Set<SnapshotName> {
        let newest = names.sorted(by: >)
        var kept = Set(newest.prefix(max(last, 1)))
        var days: Set<Int64> = []
        for name in newest where days.count < daily {
            if days.insert(name.createdAt.milliseconds / Self.millisecondsOfDay).inserted { kept.insert(name) }
        }
        return kept
    }
}
