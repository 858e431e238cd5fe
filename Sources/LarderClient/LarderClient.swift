import NIOCore
import NIOHTTP1

/// A connection to a Larder server: blobs in named stores, and the live progress of runs.
///
///     try await LarderClient.withClient(url: "http://127.0.0.1:7373", token: token) { client in
///         let runs = client.store("runs")
///         try await runs.set("r1/state.json", .text(#"{"step":1}"#), contentType: "application/json")
///         let bytes = try await runs.get("r1/state.json").body.collect(upTo: 1_000_000)
///     }
///
/// It is a value: copies share one pool of connections. Every call may throw ``LarderClientError``, and
/// `CancellationError` when its task is cancelled. ``close()`` it when done.
public struct LarderClient: Sendable {
    let transport: Transport

    /// The server's URL, without a trailing slash.
    public var url: String { transport.base.text }

    /// Makes a client; connects when it is first used.
    /// - Parameters:
    ///   - url: scheme, host and port of the server, perhaps with a path in front.
    ///   - token: what `Authorization: Bearer` carries; nil: none (`larder serve --no-auth`).
    ///   - site: the site to work in; nil: the token's own.
    ///   - limits: timeouts and retries.
    /// - Throws: ``LarderClientError`` `invalidArgument` when the URL is not one.
    public init(
        url: String = "http://127.0.0.1:7373", token: String? = nil, site: String? = nil, limits: Limits = Limits()
    ) throws {
        try self.init(url: url, token: token, site: site, limits: limits) { try await Task.sleep(for: $0) }
    }

    /// As the public one, with the waiting replaced.
    package init(
        url: String, token: String? = nil, site: String? = nil, limits: Limits = Limits(),
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) throws {
        transport = Transport(base: try BaseURL(url), token: token, site: site, limits: limits, pause: pause)
    }

    /// Closes all connections; requests under way fail. Must be called once, after which the client is of no more use.
    public func close() async { await transport.close() }

    /// Makes a client, uses it and closes it.
    /// - Throws: what the initializer and `body` throw.
    public static func withClient<Result>(
        url: String = "http://127.0.0.1:7373", token: String? = nil, site: String? = nil, limits: Limits = Limits(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (LarderClient) async throws -> Result
    ) async throws -> Result {
        let client = try LarderClient(url: url, token: token, site: site, limits: limits)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// The store of this name; no request is made, and the store need not exist: its first entry makes it.
    /// - Parameter name: 1–64 bytes of UTF-8 without `/`.
    public func store(_ name: String) -> Store { Store(name: name, transport: transport) }

    /// The progress of a run; no request is made, and the run need not exist: its first event makes it.
    public func run(_ run: String, of project: String) -> RunLog {
        RunLog(project: project, run: run, transport: transport)
    }

    /// All stores of the site, with what they hold.
    public func stores() async throws -> [StoreInfo] {
        struct Answer: Decodable { var stores: [StoreInfo] }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/stores")).stores
    }

    /// One store: its policy and what it holds.
    /// - Throws: ``LarderClientError`` `notFound` when the store doesn't exist.
    public func storeInfo(_ name: String) async throws -> StoreInfo {
        try await transport.json(StoreInfo.self, WireRequest(.GET, WirePath.store(name)))
    }
}
