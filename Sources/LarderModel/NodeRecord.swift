/// A node as the index knows it.
package struct NodeRecord: Sendable, Hashable {
    package var number: Int64
    package var name: String
    /// Of the program.
    package var version: String
    /// Where it listens; empty: it does not yet.
    package var address: String
    /// When it began, and when it was last heard of.
    package var since, seenAt: Timestamp
    /// Whether it was heard of lately, and has not said that it ends.
    package var isUp: Bool
    /// How long its last look at the database and the bucket took, in milliseconds; nil: not known, or there is none.
    package var databaseMilliseconds, bucketMilliseconds: Double?
    /// The kinds of the jobs that it works on.
    package var doing: [String] = []

    package init(
        number: Int64, name: String, version: String, address: String, since: Timestamp, seenAt: Timestamp, isUp: Bool,
        databaseMilliseconds: Double? = nil, bucketMilliseconds: Double? = nil
    ) {
        self.number = number
        self.name = name
        self.version = version
        self.address = address
        self.since = since
        self.seenAt = seenAt
        self.isUp = isUp
        self.databaseMilliseconds = databaseMilliseconds
        self.bucketMilliseconds = bucketMilliseconds
    }

    /// The same with what it works on.
    package func working(on kinds: [String]) -> NodeRecord {
        var node = self
        node.doing = kinds
        return node
    }
}
