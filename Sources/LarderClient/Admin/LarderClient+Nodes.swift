public import FoundationEssentials
import NIOHTTP1

/// One of the servers that serve the same index.
public struct ServerNode: Sendable, Codable, Hashable {
    public enum State: String, Sendable, Codable { case up, gone }

    /// By which people know it: `--node`, else its host and port.
    public var name: String
    /// Of the program.
    public var version: String
    /// `gone`: it was not heard of for 15 s, or has said that it ends.
    public var state: State
    /// Where it listens; empty: it does not yet.
    public var address: String
    public var since: Date
    public var seenAt: Date
    /// The kinds of the jobs that it works on.
    public var doing: [String]
    /// How long its last look at the database took, in milliseconds; nil: not known, or its index is a file.
    public var databaseMs: Double?
    /// The same of the bucket; nil: there is none, or it can't be reached.
    public var bucketMs: Double?
}

extension LarderClient {
    /// The servers that serve the same index, by their names: one where the index is a file. Those that were not heard
    /// of for a day are forgotten.
    /// - Throws: ``LarderClientError``: `forbidden` without an admin's token.
    public func nodes() async throws -> [ServerNode] {
        struct Answer: Decodable { var nodes: [ServerNode] }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/admin/nodes")).nodes
    }
}
