import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends requests to one server: credentials, retries, limits, and errors in one shape.
struct Transport: Sendable {
    let base: BaseURL
    let token: String?
    let site: String?
    let retry: RetryPolicy
    /// How to wait. Tests replace it, so that they needn't.
    let pause: @Sendable (Duration) async throws -> Void

    private let requests: HTTPClient
    /// Endless answers have a client of their own: they need a short idle limit, and must not use up the connections of
    /// the rest.
    private let streams: HTTPClient

    /// Connections of each kind at once; more wait their turn.
    static let maxConnections = 256
    /// Bytes of a JSON answer that are taken: a full page of 1,000 entries with the longest keys and metadata stays
    /// below 8 MiB.
    static let maxJSONBytes = 64 * 1024 * 1024

    init(
        base: BaseURL, token: String?, site: String?, limits: LarderClient.Limits,
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.base = base
        self.token = token
        self.site = site
        self.retry = limits.retry
        self.pause = pause
        requests = HTTPClient(configuration: Self.configuration(idle: limits.idle, connect: limits.connect))
        streams = HTTPClient(configuration: Self.configuration(idle: limits.streamIdle, connect: limits.connect))
    }

    private static func configuration(idle: Duration, connect: Duration) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .init(connect)
        configuration.timeout.read = .init(idle)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = maxConnections
        // Below the server's own idle limit, so that we don't send into a connection it is about to close.
        configuration.connectionPool.idleTimeout = .seconds(30)
        // A refused connection is an answer; waiting is for the caller to decide.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    func close() async {
        // There is nothing a caller could do about an unclean end.
        try? await requests.shutdown()
        try? await streams.shutdown()
    }

    /// Sends until it is answered with a status below 400, or for good with another one.
    /// - Throws: ``LarderClientError``, `CancellationError`, or what the body's own sequence throws.
    func send(_ request: WireRequest) async throws -> HTTPClientResponse {
        var attempts = 0
        var waited = Duration.zero
        while true {
            do {
                return try await attempt(request)
            } catch let error as LarderClientError {
                attempts += 1
                guard !request.isStream,
                    let wait = retry.wait(after: error, attempts: attempts, waited: waited, jitter: .random(in: 0...1)),
                    await request.body?.isReplayable() ?? true
                else { throw error }
                try await pause(wait)
                waited += wait
            }
        }
    }

    /// Sends, and decodes the answer.
    func json<T: Decodable>(_ type: T.Type, _ request: WireRequest) async throws -> T {
        try ClientJSON.decode(type, from: try await bytes(request))
    }

    /// Sends, and collects the answer.
    func bytes(_ request: WireRequest) async throws -> ByteBuffer { try await answer(request).body }

    /// Sends, and collects the answer with its header fields.
    func answer(_ request: WireRequest) async throws -> (headers: HTTPHeaders, body: ByteBuffer) {
        let response = try await send(request)
        do {
            return (response.headers, try await response.body.collect(upTo: Self.maxJSONBytes))
        } catch is NIOTooManyBytesError {
            throw LarderClientError(
                .invalidResponse, "The answer is over \(Self.maxJSONBytes) bytes, which no JSON answer should be.")
        } catch {
            throw ErrorMapping.transportError(error, server: base.text)
        }
    }

    /// Sends, for the answer's head alone. Its (empty) body is read all the same: only then is the connection free
    /// again.
    func head(_ request: WireRequest) async throws -> HTTPClientResponse {
        let response = try await send(request)
        try await drain(response)
        return response
    }

    /// Reads an answer that is of no more interest to its end.
    func drain(_ response: HTTPClientResponse) async throws {
        do { for try await _ in response.body {} } catch {
            throw ErrorMapping.transportError(error, server: base.text)
        }
    }

    private func attempt(_ request: WireRequest) async throws -> HTTPClientResponse {
        do {
            let response = try await (request.isStream ? streams : requests).execute(
                try await prepared(request), deadline: .distantFuture)
            guard response.status.code >= 400 else { return response }
            let document = try? await response.body.collect(upTo: ErrorMapping.maxDocumentBytes)
            throw ErrorMapping.error(status: response.status, headers: response.headers, document: document)
        } catch {
            try Task.checkCancellation()
            throw ErrorMapping.transportError(error, server: base.text)
        }
    }

    private func prepared(_ request: WireRequest) async throws -> HTTPClientRequest {
        var request = request
        if let site { request.query.append(("site", site)) }
        var prepared = HTTPClientRequest(url: base.text + request.target)
        prepared.method = request.method
        prepared.headers = request.headers
        if let token { prepared.headers.replaceOrAdd(name: "authorization", value: "Bearer \(token)") }
        prepared.headers.replaceOrAdd(name: "user-agent", value: "larder-client")
        prepared.body = try await request.body?.prepare()
        return prepared
    }
}
