package import Index
package import LarderModel

/// The nodes that serve one index together.
extension BlobStore {
    /// Whether other processes may have the index open.
    package var isShared: Bool { index.nodes.isShared }
    /// Whether the others still have to take this node for living: what is leased to it is its.
    package var isLeased: Bool { index.nodes.isLeased }
    /// Whether what is due by itself, and once for all nodes, is this one's.
    package var isFirstNode: Bool { index.nodes.isFirst }
    /// How many are up, this one too; at most two seconds old.
    package var upCount: Int { index.nodes.upCount }
    /// As people know this node.
    package var nodeName: String { index.nodes.identity.name }
    /// Of this node; 0 where there is no other.
    package var nodeNumber: Int64 { index.nodes.number }

    /// Says where it listens.
    package func setAddress(_ address: String) { index.nodes.setAddress(address) }
    /// Says how long a look at the bucket took; nil: there is none, or it can't be reached.
    package func setBucket(milliseconds: Double?) { index.nodes.setBucket(milliseconds: milliseconds) }

    /// All nodes that there were, by their names; where there is no other, this one.
    package func nodes() async throws -> [NodeRecord] {
        let now = now
        guard isShared else {
            let here = index.nodes.here(now: now)
            let doing = try await look { try $0.kindsOfRunningJobs() }
            return [here.working(on: doing[0] ?? [])]
        }
        // Its own address is known here before its next beat.
        let number = nodeNumber, address = index.nodes.here(now: now).address
        return try await look { try $0.nodes(now: now) }.map { node in
            var node = node
            if node.number == number { node.address = address }
            return node
        }
    }

    /// Adds one who hears of what other nodes committed: called on a thread of its own, must not block. Some news may
    /// be lost: who must not miss any looks at the rows as well, each second.
    package func observeNews(_ observer: @escaping @Sendable (NodeNews) -> Void) { index.nodes.observe(observer) }

    /// Tells the other nodes, soon, what does not follow from what a commit changed. Never blocks.
    package func tell(_ news: NodeNews) { index.nodes.tell(news) }
}
