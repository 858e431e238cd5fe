import Access
import BlobStore
import BlobStoreTestSupport
import Disk
import Foundation
import Housekeeping
@testable import LarderHTTP
import LarderModel
import LarderTestSupport
import LearningMemory
import Logging
import NIOCore
import NIOHTTP1
import Logs
import StorePolicies
import Synchronization
import Testing
import Vaults

@testable import LarderServer

/// A server without its connections: what the faces work with, in a data directory of its own.
struct Bench: Sendable {
    let context: ServerContext
    let clock: ManualClock
    static let token = "s3cret-of-the-bench"

    static let faces = FaceTable(Face.all)
    var faces = Self.faces

    var store: BlobStore { context.blobs }
    var responder: FaceResponder { FaceResponder(faces: faces, server: context) }

    /// Runs `body` with a new one, with the shipped policies, which is closed and removed whatever happens.
    static func with<R>(
        gate: Gatekeeper = Gatekeeper(), cors: CORSOrigins = .none, limit: RateLimit = .none,
        _ body: (Bench) async throws -> R
    ) async throws -> R {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try await Home.with { home in
            try await home.open(policies: try StorePolicies.load(directory: nil)) { store in
                let adminFile = SecretFile(path: home.directory.path + "/admin.token")
                try adminFile.replace(token)
                let access = try await AccessControl(
                    blobs: store, adminToken: AdminToken(SecretKeeper(store), logger: logger),
                    signingKeys: SigningKeys(secret: "signing", clock: home.clock.clock), defaultLimit: limit,
                    logger: logger)
                let context = ServerContext(
                    entries: EntryStore(blobs: store, logs: LogService(blobs: store)),
                    namespaces: try await Namespaces(store),
                    memory: MemoryService(blobs: store), vaults: VaultService(blobs: store, threads: 1),
                    access: access,
                    jobs: JobRunner(
                        blobs: store, schedule: JobSchedule(cleanupEvery: nil, scrubPeriod: nil), logger: logger),
                    metrics: RequestMetrics(labels: faces.labels),
                    gate: gate, logger: logger, isTLS: false, publicMetrics: false, cors: CORS(origins: cors))
                return try await body(Bench(context: context, clock: home.clock))
            }
        }
    }

    /// What the connection's task answers. The connection is to end after it, which leaves everything to the task.
    func slow(_ head: HTTPRequestHead, _ body: [UInt8] = []) async throws -> Answered {
        var head = head
        head.headers.replaceOrAdd(name: "connection", value: "close")
        let request = RequestHead(head, id: "0")
        let exchange = responder.exchange(for: request)
        switch exchange.way {
        case .answer(let answer): return try await Answered(answer, exchange.label)
        case .task(let task), .collect(_, _, let task):
            let body = IncomingBody(ByteBuffer(bytes: body), request.contentCoding)
            return try await Answered(await task(body), exchange.label)
        case .follow: throw LarderError(.internalError, "It is followed.")
        case .later: throw LarderError(.internalError, "It is decided later.")
        }
    }

    static func incoming(_ body: [UInt8]) -> IncomingBody { IncomingBody(ByteBuffer(bytes: body)) }

    /// What is answered on the event loop; nil when that is left to a task.
    func quick(_ head: HTTPRequestHead, _ body: [UInt8] = []) async throws -> Answered? {
        let exchange = responder.exchange(for: RequestHead(head, id: "0"))
        switch exchange.way {
        case .task, .follow, .later: return nil
        case .answer(let answer): return try await Answered(answer, exchange.label)
        case .collect(_, let take, _):
            let answer: Answer? = await withCheckedContinuation { done in
                let taken = take(ByteBuffer(bytes: body)) { done.resume(returning: $0) }
                if !taken { done.resume(returning: nil) }
            }
            guard let answer else { return nil }
            return try await Answered(answer, exchange.label)
        }
    }
}

/// An answer with its body read out, to compare and to look at.
struct Answered: Equatable {
    var status: UInt
    var fields: [String]
    var body: [UInt8]
    var length: Int64?
    var face: Exchange.Label

    init(_ answer: Answer, _ face: Exchange.Label = Bench.faces.other) async throws {
        status = answer.status.code
        fields = answer.headers.map { "\($0.name): \($0.value)" }
        length = answer.contentLength
        self.face = face
        body = []
        switch answer.body {
        case .none: break
        case .bytes(let bytes): body = Array(buffer: bytes)
        case .parts(let parts, _):
            for part in parts {
                switch part {
                case .bytes(let bytes): body += Array(buffer: bytes)
                case .content(let open):
                    var pieces = try open()
                    while let piece = try await pieces.next() { body += Array(buffer: piece) }
                }
            }
        }
    }

    func field(_ name: String) -> String? {
        fields.first { $0.lowercased().hasPrefix(name + ": ") }.map { String($0.dropFirst(name.utf8.count + 2)) }
    }
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: [String: Any]? { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] }
}

/// A request's head as the HTTP decoder gives it, with a valid token unless told otherwise.
func head(_ method: HTTPMethod, _ uri: String, _ fields: [(String, String)] = [], token: String? = Bench.token)
    -> HTTPRequestHead
{
    var headers = HTTPHeaders(fields)
    if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
    return HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
}

func request(_ method: HTTPMethod, _ uri: String, _ fields: [(String, String)] = []) -> RequestHead {
    RequestHead(head(method, uri, fields), id: "0")
}

func name(_ key: String, store: String = "runs") throws -> EntryName {
    EntryName(site: .default, store: try StoreName(store), key: try EntryKey(key))
}

/// Text that packs well.
func text(_ count: Int) -> [UInt8] {
    let line = Array(#"{"agent":"director","status":"working","progress":37,"data":{"scene":4,"mood":"calm"}},"#.utf8)
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += line }
    return Array(bytes.prefix(count))
}

extension BlobStore {
    @discardableResult
    func put(_ name: EntryName, _ content: [UInt8], type: String? = MediaType.json, metadata: Metadata = .none)
        async throws -> WriteResult
    {
        let writer = try beginWrite(WriteRequest(name: name, contentType: type, metadata: metadata))
        try await writer.append(ByteBuffer(bytes: content))
        return try await writer.finish()
    }
}
