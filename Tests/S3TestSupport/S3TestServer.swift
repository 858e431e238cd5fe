import AsyncHTTPClient
import Foundation
import NIOCore
package import NIOHTTP1
import Synchronization

/// The S3 service of `server.py`, one for all tests of a process; each test has a bucket of its own in it.
///
/// It ends with this process: its standard input, which nobody else holds, ends then.
package struct S3TestServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let accessKey = "AKIATESTS"
    package static let secretKey = "secret-of-the-tests"

    package let port: Int
    package var endpoint: String { "http://127.0.0.1:\(port)" }

    /// The one of this process; started by the first who asks.
    package static var shared: S3TestServer { get async throws { try await starting.value } }

    private static let starting = Task.detached { try await start() }

    private static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    private static func start() async throws -> S3TestServer {
        let python = root + "/.build/moto/bin/python3"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Failure(description: "there is no \(python): Scripts/test makes it")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-B", root + "/Tests/S3TestSupport/server.py"]
        process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"]
        let output = Pipe(), input = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        held.add(input, process)
        let line = try await firstLine(of: output.fileHandleForReading)
        guard let port = Int(line) else { throw Failure(description: "server.py said '\(line)' instead of its port") }
        return S3TestServer(port: port)
    }

    /// Reading blocks: on a thread of its own.
    private static func firstLine(of handle: FileHandle) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                var line: [UInt8] = []
                do {
                    while let byte = try handle.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
                        line.append(byte)
                    }
                    continuation.resume(returning: String(decoding: line, as: UTF8.self))
                } catch { continuation.resume(throwing: error) }
            }
        }
    }

    // MARK: Asking it

    /// What to do with the next requests that fit.
    package struct Fault: Encodable, Sendable {
        let bucket: String
        let method: String?
        let contains: String?
        let count: Int
        let `do`: String
        var status: Int?
        var code: String?
        var bytes: Int?
    }

    /// A bucket that nobody else uses.
    package func makeBucket() async throws -> S3TestBucket {
        let bucket = S3TestBucket(server: self, name: "t-" + UUID().uuidString.lowercased())
        _ = try await send(.PUT, "/-/raw/\(bucket.name)")
        return bucket
    }

    @discardableResult
    func send(_ method: HTTPMethod, _ target: String, _ body: [UInt8] = []) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: endpoint + target)
        request.method = method
        request.body = .bytes(ByteBuffer(bytes: body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = Array(try await response.body.collect(upTo: 64 << 20).readableBytesView)
        guard response.status.code < 300 else {
            throw Failure(
                description: "\(method) \(target): \(response.status) \(String(decoding: bytes, as: UTF8.self))")
        }
        return bytes
    }
}

/// A bucket of the test's own.
package struct S3TestBucket: Sendable {
    let server: S3TestServer
    package let name: String

    /// Of the service.
    package var port: Int { server.port }

    /// For `--objects` and ``S3Address``.
    package var address: String { "s3://\(name)/some/where?endpoint=\(server.endpoint)" }

    /// Does harm to the next requests that fit.
    /// - Parameters:
    ///   - method: nil: any.
    ///   - contains: a part of the request's target; nil: any.
    package func fail(
        _ what: What, _ method: HTTPMethod? = nil, contains: String? = nil, times: Int = 1
    ) async throws {
        var fault = S3TestServer.Fault(
            bucket: name, method: method?.rawValue, contains: contains, count: times, do: what.word)
        switch what {
        case .answer(let status, let code):
            fault.status = status
            fault.code = code
        case .truncate(let bytes): fault.bytes = bytes
        case .cut, .hold, .lose, .noRange, .plainRange: break
        }
        try await server.send(.POST, "/-/faults", Array(try JSONEncoder().encode(fault)))
    }

    package enum What: Sendable {
        /// An error document.
        case answer(Int, String)
        /// Nothing is done and nothing answered.
        case cut
        /// The same, once ``S3TestBucket/comeBack()`` was called: until then the request is under way.
        case hold
        /// It is done, and not answered.
        case lose
        /// So many bytes of the answer come.
        case truncate(Int)
        /// A Range is passed over, and all of the object given.
        case noRange
        /// The status of an answer to a Range is 200.
        case plainRange

        var word: String {
            switch self {
            case .answer: "answer"
            case .cut: "cut"
            case .hold: "hold"
            case .lose: "lose"
            case .truncate: "truncate"
            case .noRange: "norange"
            case .plainRange: "plainrange"
            }
        }
    }

    /// From now on every request is cut off.
    package func goAway() async throws { try await fail(.cut, times: .max) }
    /// Begins an upload in parts, as somebody does who dies then.
    package func beginUpload(_ key: String) async throws {
        try await server.send(.POST, "/-/raw/\(name)/some/where/\(key)?uploads")
    }
    /// No more harm.
    package func comeBack() async throws { try await server.send(.DELETE, "/-/faults?\(name)") }

    /// What was asked of it: `METHOD /bucket/key?query`, in order.
    package func requests() async throws -> [String] {
        String(decoding: try await server.send(.GET, "/-/requests?\(name)"), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    /// All keys, without what the address puts before them.
    package func keys() async throws -> [String] {
        let page = String(
            decoding: try await server.send(.GET, "/-/raw/\(name)?list-type=2"), as: UTF8.self)
        return page.components(separatedBy: "<Key>").dropFirst().compactMap {
            $0.components(separatedBy: "</Key>").first?.replacingOccurrences(of: "some/where/", with: "")
        }
    }

    /// Uploads in parts that are under way.
    package func openUploads() async throws -> Int {
        let page = String(decoding: try await server.send(.GET, "/-/raw/\(name)?uploads"), as: UTF8.self)
        return page.components(separatedBy: "<UploadId>").count - 1
    }

    package func read(_ key: String) async throws -> [UInt8] {
        try await server.send(.GET, "/-/raw/\(name)/some/where/\(key)")
    }

    /// Puts something there that Larder did not.
    package func write(_ key: String, _ bytes: [UInt8]) async throws {
        try await server.send(.PUT, "/-/raw/\(name)/some/where/\(key)", bytes)
    }

    package func remove(_ key: String) async throws {
        try await server.send(.DELETE, "/-/raw/\(name)/some/where/\(key)")
    }

    /// Removes the bucket with all that is in it: the service keeps everything in memory.
    package func forget() async throws { try await server.send(.DELETE, "/-/buckets?\(name)") }
}

/// What has to live as long as this process.
private let held = Held()
private final class Held: Sendable {
    private let things = Mutex<[(Pipe, Process)]>([])
    func add(_ pipe: Pipe, _ process: Process) { things.withLock { $0.append((pipe, process)) } }
}
