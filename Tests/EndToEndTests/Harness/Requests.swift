import Foundation
import NIOHTTP1
import Synchronization
import Testing

/// Who asks.
enum Credential: Sendable {
    /// The server's own admin token.
    case admin
    case nobody
    case bearer(String)
    /// The whole value of `Authorization`.
    case authorization(String)
}

extension LarderProcess {
    /// Sends one request. `Host` and `Authorization` are added, nothing else.
    func send(
        _ method: HTTPMethod, _ target: String, _ headers: KeyValuePairs<String, String> = [:],
        _ body: Request.Body = .none,
        as credential: Credential = .admin
    ) async throws -> Reply {
        try await Wire.send(try request(method, target, headers, body, as: credential), to: try port)
    }

    func request(
        _ method: HTTPMethod, _ target: String, _ headers: KeyValuePairs<String, String> = [:],
        _ body: Request.Body = .none,
        as credential: Credential = .admin
    ) throws -> Request {
        var fields: HTTPHeaders = ["host": "127.0.0.1:\(try port)"]
        switch credential {
        case .admin: fields.add(name: "authorization", value: "Bearer \(try token)")
        case .nobody: break
        case .bearer(let token): fields.add(name: "authorization", value: "Bearer \(token)")
        case .authorization(let value): fields.add(name: "authorization", value: value)
        }
        for (name, value) in headers { fields.add(name: name, value: value) }
        return Request(method: method, target: target, headers: fields, body: body)
    }

    func get(_ target: String, _ headers: KeyValuePairs<String, String> = [:], as credential: Credential = .admin)
        async throws -> Reply
    {
        try await send(.GET, target, headers, as: credential)
    }

    func head(_ target: String, _ headers: KeyValuePairs<String, String> = [:], as credential: Credential = .admin)
        async throws -> Reply
    {
        try await send(.HEAD, target, headers, as: credential)
    }

    func delete(_ target: String, _ headers: KeyValuePairs<String, String> = [:], as credential: Credential = .admin)
        async throws -> Reply
    {
        try await send(.DELETE, target, headers, as: credential)
    }

    func put(
        _ target: String, _ body: String, _ headers: KeyValuePairs<String, String> = [:],
        as credential: Credential = .admin
    ) async throws
        -> Reply
    {
        try await send(.PUT, target, headers, .text(body), as: credential)
    }

    func put(
        _ target: String, _ body: [UInt8], _ headers: KeyValuePairs<String, String> = [:],
        as credential: Credential = .admin
    ) async throws
        -> Reply
    {
        try await send(.PUT, target, headers, .bytes(body), as: credential)
    }

    /// The head of a raw request, with `Host` and the admin token.
    func rawHead(_ method: String, _ target: String, _ fields: String...) throws -> String {
        let fields = ["Host: 127.0.0.1:\(try port)", "Authorization: Bearer \(try token)"] + fields
        return "\(method) \(target) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }
}

/// Names that no other test uses.
enum Fresh {
    private static let counter = Mutex(0)

    /// A store such as `t17-runs`: the ending chooses its policy.
    static func store(_ ending: String = "things") -> String { "t\(next())-\(ending)" }
    static func name(_ start: String) -> String { "\(start)\(next())" }

    private static func next() -> Int {
        counter.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Paths of the Netlify face. Keys are given as they go on the wire.
enum Netlify {
    static func edge(_ store: String, _ key: String, site: String = "default") -> String {
        "/\(site)/site:\(store)/\(key)"
    }
    static func region(_ store: String, _ key: String, site: String = "default") -> String {
        "/region:us-east-2/\(site)/site:\(store)/\(key)"
    }
    static func api(_ store: String, _ key: String, site: String = "default") -> String {
        "/api/v1/blobs/\(site)/site:\(store)/\(key)"
    }

    static let signedURL = "application/json;type=signed-url"

    /// The value of `x-amz-meta-user` for JSON text.
    static func metadata(_ json: String) -> String { "b64;" + Data(json.utf8).base64EncodedString() }

    static func metadata(of reply: Reply, _ name: String = "x-amz-meta-user") throws -> JSON? {
        guard let value = reply.header(name) else { return nil }
        guard value.hasPrefix("b64;"), let data = Data(base64Encoded: String(value.dropFirst(4))) else {
            throw Wire.Failure(description: "\(name) is not b64: \(value)")
        }
        return try JSON(parsing: data)
    }

    /// The target of a signed URL in an answer, and whether it leads to this server.
    static func target(of reply: Reply, at server: LarderProcess) throws -> String {
        let url = try #require(try reply.json["url"].string, "no url in \(reply)")
        let origin = try server.url
        try #require(url.hasPrefix(origin + "/"), "the signed URL leads elsewhere: \(url)")
        return String(url.dropFirst(origin.count))
    }
}

/// Paths of the native face. Keys are given as they go on the wire.
enum Native {
    static func entry(_ store: String, _ key: String) -> String { "/v1/stores/\(store)/entries/\(key)" }
    static func entries(_ store: String, _ query: String = "") -> String {
        "/v1/stores/\(store)/entries" + (query.isEmpty ? "" : "?" + query)
    }
}

/// The two addresses that an entry has.
enum Face: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case edge, region, native

    static let netlify: [Face] = [.edge, .region]

    func target(_ store: String, _ key: String) -> String {
        switch self {
        case .edge: Netlify.edge(store, key)
        case .region: Netlify.region(store, key)
        case .native: Native.entry(store, key)
        }
    }

    /// What a PUT of a new key answers.
    var created: Int { self == .native ? 201 : 200 }
    var testDescription: String { rawValue }
}

// MARK: What every test checks the same way

/// Checks an error answer: status, the one JSON shape (contract §4) and the request id.
func expectError(
    _ reply: Reply, _ status: Int..., code: String? = nil, isHead: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(status.contains(reply.status), "\(reply)", sourceLocation: sourceLocation)
    #expect(
        reply.header("x-nf-request-id") ?? reply.header("x-request-id") != nil, "no request id: \(reply)",
        sourceLocation: sourceLocation)
    guard !isHead else {
        #expect(reply.body.isEmpty, sourceLocation: sourceLocation)
        return
    }
    let error = try #require(try? reply.json["error"], "no JSON: \(reply)", sourceLocation: sourceLocation)
    #expect(!(error["code"].string ?? "").isEmpty, "\(reply)", sourceLocation: sourceLocation)
    #expect(!(error["message"].string ?? "").isEmpty, "\(reply)", sourceLocation: sourceLocation)
    if let code { #expect(error["code"].string == code, "\(reply)", sourceLocation: sourceLocation) }
    #expect(
        reply.header("content-type")?.hasPrefix("application/json") == true, "\(reply)", sourceLocation: sourceLocation)
}

func expectStatus(_ reply: Reply, _ status: Int..., sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(status.contains(reply.status), "\(reply)", sourceLocation: sourceLocation)
}

/// Like `expectStatus`, and ends the test when it does not hold: what follows needs it.
func requireStatus(_ reply: Reply, _ status: Int..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    try #require(status.contains(reply.status), "\(reply)", sourceLocation: sourceLocation)
}

/// A strong, quoted ETag.
func isStrong(_ etag: String?) -> Bool {
    guard let etag else { return false }
    return etag.count > 2 && etag.hasPrefix("\"") && etag.hasSuffix("\"")
}

/// Swift holds `é` and `e◌́` equal; keys are bytes.
func sameBytes(_ a: String?, _ b: String) -> Bool { a.map { Array($0.utf8) == Array(b.utf8) } ?? false }

/// Runs the operations, at most `width` at a time, and gives their results in order.
func concurrently<Result: Sendable>(
    _ count: Int, width: Int = 16, _ body: @escaping @Sendable (Int) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results: [Int: Result] = [:]
        for index in 0..<count {
            if index >= width, let (done, result) = try await group.next() { results[done] = result }
            group.addTask { (index, try await body(index)) }
        }
        for try await (done, result) in group { results[done] = result }
        return (0..<count).compactMap { results[$0] }
    }
}
