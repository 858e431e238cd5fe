package import LarderModel

/// The rows of nodes. In a transaction or outside of one: each statement stands for itself.
enum NodeRows {
    /// The number that goes with a name; a new name gets a new one, and its row says that it is not up yet.
    static func number(
        of identity: NodeIdentity, _ owner: String, in session: any SQLSession, now: Timestamp
    ) throws -> Int64 {
        let known = try session.one("SELECT id FROM nodes WHERE name = ?1") {
            $0.set(1, identity.name)
        } _: {
            $0.int64(0)
        }
        if let known { return known }
        let new = try session.insert(
            """
            INSERT INTO nodes (name, owner, version, address, since, seen_at, is_up)
            VALUES (?1, ?2, ?3, '', ?4, ?4, 0)
            """
        ) {
            $0.set(1, identity.name)
            $0.set(2, owner)
            $0.set(3, identity.version)
            $0.set(4, now)
        }
        guard let new else { throw IndexDamage(what: "a node that is there and is not") }
        return new
    }

    /// Makes this process the one that has the name.
    static func take(
        _ number: Int64, _ identity: NodeIdentity, _ owner: String, in session: any SQLSession, now: Timestamp
    ) throws {
        try session.run(
            """
            UPDATE nodes SET owner = ?2, version = ?3, address = '', since = ?4, seen_at = ?4, is_up = 1,
                database_ms = NULL, bucket_ms = NULL
            WHERE id = ?1
            """
        ) {
            $0.set(1, number)
            $0.set(2, owner)
            $0.set(3, identity.version)
            $0.set(4, now)
        }
    }

    static func leave(_ number: Int64, _ owner: String, in session: any SQLSession) throws {
        try session.run("UPDATE nodes SET is_up = 0 WHERE id = ?1 AND owner = ?2") {
            $0.set(1, number)
            $0.set(2, owner)
        }
    }

    /// - Returns: false when another process has the name.
    static func beat(
        _ number: Int64, _ owner: String, address: String, databaseMilliseconds: Double?, bucketMilliseconds: Double?,
        in session: any SQLSession, now: Timestamp
    ) throws -> Bool {
        try session.change(
            """
            UPDATE nodes SET seen_at = ?3, address = ?4, database_ms = ?5, bucket_ms = ?6, is_up = 1
            WHERE id = ?1 AND owner = ?2
            """
        ) {
            $0.set(1, number)
            $0.set(2, owner)
            $0.set(3, now)
            $0.set(4, address)
            $0.set(5, databaseMilliseconds)
            $0.set(6, bucketMilliseconds)
        } > 0
    }

    /// A query of the numbers of those that are up.
    /// - Parameter since: the parameter that says since when they have to have been heard of.
    static func upNow(_ since: String) -> String { "SELECT id FROM nodes WHERE is_up = 1 AND seen_at > \(since)" }

    /// The numbers of those that are up.
    static func up(in session: any SQLSession, now: Timestamp) throws -> Set<Int64> {
        var up: Set<Int64> = []
        try session.each(upNow("?1")) {
            $0.set(1, now - NodeRegistry.goneAfter)
        } _: {
            up.insert($0.int64(0))
            return true
        }
        return up
    }
}

extension IndexReader {
    /// All nodes that there were, by their names.
    package func nodes(now: Timestamp) throws -> [NodeRecord] {
        var nodes: [NodeRecord] = []
        try db.each(
            "SELECT id, name, version, address, since, seen_at, is_up, database_ms, bucket_ms FROM nodes ORDER BY name"
        ) { _ in
        } _: {
            let seenAt = $0.timestamp(5)
            nodes.append(
                NodeRecord(
                    number: $0.int64(0), name: $0.string(1), version: $0.string(2), address: $0.string(3),
                    since: $0.timestamp(4), seenAt: seenAt,
                    isUp: $0.int(6) == 1 && seenAt + NodeRegistry.goneAfter > now,
                    databaseMilliseconds: $0.doubleIfAny(7), bucketMilliseconds: $0.doubleIfAny(8)))
            return true
        }
        let doing = try kindsOfRunningJobs()
        return nodes.map { $0.working(on: doing[$0.number] ?? []) }
    }

    /// By the number of the node that works on them.
    package func kindsOfRunningJobs() throws -> [Int64: [String]] {
        var kinds: [Int64: [String]] = [:]
        try db.each("SELECT node, kind FROM jobs WHERE state = 'running' ORDER BY id") { _ in
        } _: {
            kinds[$0.int64(0), default: []].append($0.string(1))
            return true
        }
        return kinds
    }
}
