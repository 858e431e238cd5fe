import NIOCore
import NIOHTTP1

extension LarderClient {
    /// The version of the server. It needs no token.
    public func version() async throws -> String {
        struct Answer: Decodable { var version: String }
        return try await transport.json(Answer.self, WireRequest(.GET, "/version")).version
    }

    /// What the server stands on, and how that is.
    /// - Throws: ``LarderClientError``: `forbidden` for a token that may not read all sites and stores, and others.
    public func engines() async throws -> ServerEngines {
        struct Answer: Decodable { var engines: ServerEngines }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/health")).engines
    }

    /// The state before the last restore; nil: there is none.
    /// - Throws: as ``engines()``.
    public func stateBefore() async throws -> StateBefore? {
        struct Answer: Decodable { var before: StateBefore? }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/health")).before
    }

    /// Where the server's snapshots go (`--backup-to`); nil: it was not told.
    /// - Throws: as ``engines()``.
    public func backupPlace() async throws -> String? {
        struct Answer: Decodable { var backupTo: String? }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/health")).backupTo
    }

    /// The server's own figures (`/metrics`), but for those with labels: names without the `larder_` in front, such as
    /// `disk_free_bytes`.
    /// - Throws: ``LarderClientError``: `forbidden` for a token that may not read all sites and stores, and others.
    public func figures() async throws -> [String: Double] {
        let text = String(buffer: try await transport.bytes(WireRequest(.GET, "/metrics")))
        var figures: [String: Double] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("larder_") {
            let words = line.split(separator: " ")
            guard words.count == 2, !words[0].contains("{"), let value = Double(words[1]) else { continue }
            figures[String(words[0].dropFirst("larder_".count))] = value
        }
        return figures
    }
}
