import AsyncHTTPClient
package import LarderModel
import NIOCore
import NIOHTTP1
package import Objects
package import SigV4

/// Sends signed requests to one bucket, again where that may help. Nothing that it throws or says holds a key.
package final class S3Client: Sendable {
    package let address: S3Address
    package let health: BucketHealth
    package let statistics = ObjectStatistics()
    /// What its failures say that it is for.
    let use: S3Use
    private let signer: RequestSigner
    private let clock: WallClock
    private let http: HTTPClient
    private let patience: S3Patience
    private let pause: @Sendable (Duration) async throws -> Void

    /// Connections at once; more requests wait their turn. Times what a body holds in memory on its way
    /// (``SpoolPart/pieceSize``, twice), it is what uploads and downloads take together: 32 MiB.
    static let connectionsMax = 64
    /// Bytes of a document that are taken: a page of a list stays below 1 MiB.
    private static let documentMax = 4 << 20
    /// For the first byte of an answer and between two; a connection.
    private static let silenceMax = TimeAmount.seconds(30), connectMax = TimeAmount.seconds(3)
    /// What a body's rate must reach, bytes a second.
    private static let rateMin: Int64 = 256 << 10

    /// Keys or uploads that a page of a list has at most; S3 gives no more than 1,000.
    let pageMax: Int

    /// - Parameter pause: how to wait. Tests replace it, so that they needn't.
    package init(
        _ address: S3Address, _ keys: AccessKeys, use: S3Use, patience: S3Patience, clock: WallClock = .system,
        pageMax: Int = 1_000,
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.address = address
        self.use = use
        self.patience = patience
        self.clock = clock
        self.pause = pause
        self.pageMax = pageMax
        health = BucketHealth()
        signer = RequestSigner(keys, region: address.region)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = Self.connectMax
        configuration.timeout.read = Self.silenceMax
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsMax
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        http = HTTPClient(configuration: configuration)
    }

    // Its pool holds connections until it is told; nobody is left who could wait for that.
    deinit { http.shutdown { _ in } }

    /// Ends what is under way. Blocks for a moment.
    package func close() { try? http.syncShutdown() }

    // MARK: Sending

    /// Sends until an answer is the wanted one, or no further try may help.
    /// - Throws: ``S3Failure``; `LarderError` when a body can't be read; `CancellationError`.
    package func answer(_ request: S3Request, _ patience: S3Patience? = nil) async throws -> S3Answer {
        try await trying(patience) { [self] in
            let deadline = NIODeadline.now() + Self.silenceMax + .seconds(request.length / Self.rateMin)
            let response = try await once(request, until: deadline)
            let body = try await response.body.collect(upTo: Self.documentMax)
            let answer = S3Answer(status: response.status.code, headers: response.headers, body: body)
            let isGood = 200..<300 ~= answer.status || request.accepts.contains(answer.status)
            if isGood, !(request.mayFailWithin && Self.isError(answer)) { return answer }
            throw Self.failure(answer)
        }
    }

    /// The same for content that is read while it comes.
    func stream(_ request: S3Request) async throws -> HTTPClientResponse {
        try await trying(nil) { [self] in
            let response = try await once(request, until: .distantFuture)
            if 200..<300 ~= response.status.code { return response }
            let body = try await response.body.collect(upTo: Self.documentMax)
            throw Self.failure(S3Answer(status: response.status.code, headers: response.headers, body: body))
        }
    }

    private static func isError(_ answer: S3Answer) -> Bool { XMLText.parse(answer.text)?.name == "Error" }

    private static func failure(_ answer: S3Answer) -> S3Failure {
        let document = XMLText.parse(answer.text)
        return .answered(
            status: answer.status, code: word(document?["Code"]),
            request: word(document?["RequestId"] ?? answer.headers.first(name: "x-amz-request-id")))
    }

    /// What may stand in a log as it is.
    private static func word(_ text: String?) -> String {
        String(decoding: (text ?? "").utf8.filter { (0x21...0x7E).contains($0) }.prefix(64), as: UTF8.self)
    }

    private func trying<R: Sendable>(
        _ own: S3Patience?, _ send: @Sendable () async throws -> R
    ) async throws -> R {
        let begun = ContinuousClock.now
        // While nobody is there each request looks once.
        let patience = own ?? (health.isAway ? .once : patience)
        var tries = 0
        while true {
            let failure: S3Failure
            do {
                let result = try await send()
                health.answered()
                return result
            } catch let error as S3Failure { failure = error } catch let error as LarderError { throw error } catch {
                try Task.checkCancellation()
                failure = .lost("\(error)")
            }
            tries += 1
            let wait = patience.wait(
                tries: tries, spent: ContinuousClock.now - begun, chance: .random(in: 0...1))
            guard failure.mayPass, let wait else {
                statistics.failures.add()
                health.failed(failure)
                throw failure
            }
            statistics.retries.add()
            try await pause(wait)
        }
    }

    private func once(_ request: S3Request, until deadline: NIODeadline) async throws -> HTTPClientResponse {
        statistics.requests.add()
        let begun = ContinuousClock.now
        defer { statistics.requestSeconds.observe((ContinuousClock.now - begun).seconds) }
        return try await http.execute(signed(request), deadline: deadline)
    }

    private func signed(_ request: S3Request) -> HTTPClientRequest {
        let path = address.path(request.key)
        let query = RequestSigner.canonicalQuery(request.query)
        var prepared = HTTPClientRequest(url: address.origin + path + (query.isEmpty ? "" : "?" + query))
        prepared.method = request.method
        let fields = request.fields + [("host", address.host)]
        let added = signer.fields(
            method: request.method.rawValue, path: path, query: request.query, fields: fields,
            payload: request.payload, at: clock.now())
        prepared.headers = HTTPHeaders(fields + added.map { ($0.name, $0.value) })
        prepared.headers.add(name: "user-agent", value: "larder")
        switch request.body {
        case .none where request.method == .PUT || request.method == .POST: prepared.body = .bytes(ByteBuffer())
        case .none: break
        case .bytes(let bytes): prepared.body = .bytes(bytes)
        case .part(let part) where part.size == 0: prepared.body = .bytes(ByteBuffer())
        case .part(let part): prepared.body = .stream(part, length: .known(part.size))
        }
        return prepared
    }
}
