import LarderModel
import NIOCore
import NIOHTTP1

/// The learning memory of one project: its runs, what viewers said of them, and what follows. A value: making one asks
/// nothing of the server.
public struct Memory: Sendable {
    /// The project.
    public let project: String
    let transport: Transport

    /// The document as the server keeps it, unknown fields included; an empty one for a new project.
    public func json() async throws -> [UInt8] { Array(buffer: try await transport.bytes(request(.GET))) }

    /// The document, as far as it is of a known form.
    public func document() async throws -> MemoryDocument {
        try await transport.json(MemoryDocument.self, request(.GET))
    }

    /// Records a run, or changes what is known of it; its rating stays.
    /// - Throws: ``LarderClientError``: `invalidDocument`, which names the field, and others.
    public func record(_ run: MemoryRun) async throws { _ = try await transport.bytes(try request(.POST, "runs", run)) }

    /// What became of a rating.
    public struct Receipt: Sendable, Hashable, Codable {
        /// The run.
        public var runId: String
        /// What was said of it.
        public var rating: MemoryRating
        /// Whether its run is known, so that the rating counts; else it waits for the run.
        public var counted: Bool
    }

    /// Rates a run; again: a change of mind.
    /// - Parameter comment: at most what fits an evaluation of 1 KB.
    /// - Throws: ``LarderClientError``: `entryTooLarge` when the comment is too long, and others.
    @discardableResult
    public func rate(_ run: String, _ rating: MemoryRating, comment: String? = nil) async throws -> Receipt {
        struct Body: Encodable {
            var runId: String
            var rating: MemoryRating
            var comments: String?
        }
        return try await transport.json(
            Receipt.self, try request(.POST, "ratings", Body(runId: run, rating: rating, comments: comment)))
    }

    /// Changes preferences: a merge patch (RFC 7396); null gives a preference back to learning.
    /// - Returns: the preferences as they are now.
    @discardableResult
    public func prefer(_ patch: JSONObject) async throws -> MemoryDocument.Preferences {
        try await transport.json(MemoryDocument.Preferences.self, try request(.PATCH, "preferences", patch))
    }

    /// Combinations to try next.
    /// - Parameters:
    ///   - count: 1 to 50.
    ///   - seed: the same seed gives the same answer while the memory stays the same; nil: another one each time.
    ///   - halfLife: a rating this old weighs half as much as a new one; nil: all weigh the same.
    public func suggestions(count: Int = 3, seed: UInt64? = nil, halfLife: Duration? = nil) async throws
        -> MemorySuggestions
    {
        var request = request(.GET, "suggestions")
        request.query.append(("count", "\(count)"))
        if let seed { request.query.append(("seed", "\(seed)")) }
        if let halfLife { request.query.append(("halfLife", halfLife.policyText)) }
        return try await transport.json(MemorySuggestions.self, request)
    }

    /// Makes the document again from its runs and evaluations.
    /// - Returns: the document as the server keeps it.
    @discardableResult
    public func rebuild() async throws -> [UInt8] {
        Array(buffer: try await transport.bytes(request(.POST, "rebuild")))
    }

    /// Forgets the project's runs, preferences and document; its evaluations are entries of their own and stay.
    /// - Throws: ``LarderClientError``: `notFound` when nothing was known.
    public func forget() async throws { _ = try await transport.head(request(.DELETE)) }

    private func request(_ method: HTTPMethod, _ part: String? = nil) -> WireRequest {
        WireRequest(method, WirePath.memory(project) + (part.map { "/" + $0 } ?? ""))
    }

    private func request(_ method: HTTPMethod, _ part: String, _ body: some Encodable) throws -> WireRequest {
        var request = request(method, part)
        request.body = .bytes(try ClientJSON.encode(body))
        request.headers.add(
            name: "content-type", value: method == .PATCH ? "application/merge-patch+json" : MediaType.json)
        return request
    }
}

extension LarderClient {
    /// The learning memory of a project; no request is made, and the project need not be known.
    public func memory(_ project: String) -> Memory { Memory(project: project, transport: transport) }
}
