import Hashing
import Foundation
import Testing

/// An answer as it came over a bare connection.
struct RawReply: Sendable, CustomStringConvertible {
    /// Of the final answer; 0: none came.
    private(set) var status = 0
    /// The 1xx answers before it.
    private(set) var informational: [Int] = []
    /// Its first line and fields.
    private(set) var head = ""
    /// What followed the head, as it came.
    private(set) var body: [UInt8] = []

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
            let text = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            rest = rest[end.upperBound...]
            guard let code = Int(text.dropFirst(9).prefix(3)), text.hasPrefix("HTTP/1.") else { break }
            guard code >= 200 else {
                informational.append(code)
                continue
            }
            (status, head, body) = (code, text, Array(rest))
            return
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var description: String { "\(informational) \(head)\r\n\r\n\(text.prefix(600))" }
}

/// A line's bytes: text, then whatever may be no UTF-8.
func bytes(_ text: String, _ more: UInt8...) -> [UInt8] { Array(text.utf8) + more }

extension LarderProcess {
    /// Sends a request byte for byte, with the admin token, and reads until the server closes.
    /// - Parameters:
    ///   - fields: lines without their ends. `Content-Length` is the caller's to say.
    ///   - host: the `Host` lines.
    func exchange(
        _ method: String, _ target: String, _ fields: [[UInt8]] = [], _ body: [UInt8] = [],
        version: String = "HTTP/1.1", hosts: [String] = ["127.0.0.1"], within limit: Duration = .seconds(30)
    ) async throws -> RawReply {
        var request = bytes("\(method) \(target) \(version)\r\n")
        for host in hosts { request += bytes("Host: \(host)\r\n") }
        request += bytes("Authorization: Bearer \(try token)\r\nConnection: close\r\n")
        for field in fields { request += field + bytes("\r\n") }
        request += bytes("\r\n") + body
        return try await RawSocket.with(try port, within: limit) { [request] socket in
            // A server that has had enough closes: what it said before tells, not the broken pipe.
            try? await socket.send(request)
            return RawReply(try await socket.read(count: .max))
        }
    }

    /// A query with a signature such as an app makes that knows the key (contract 4.5).
    func signedQuery(_ path: String, _ fields: String = "", seconds lifetime: Double = 600) async throws -> String {
        let key = try await signingKey()
        let exp = Int((Date().timeIntervalSince1970 + lifetime) * 1_000)
        let text = fields.isEmpty ? "\(path):\(exp)" : "\(path)?\(fields):\(exp)"
        let code = MAC.sha256(Array(text.utf8), key: Array(key.utf8))
        return (fields.isEmpty ? "" : fields + "&") + "exp=\(exp)&sig=\(Bytes.hex(code))"
    }

    /// Bytes that the server has asked the system to read so far, from wherever they came.
    func bytesRead() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(try pid)/io", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("rchar:") }
        return try #require(line.flatMap { Int($0.dropFirst(7)) })
    }

    /// A gauge or counter of `/metrics` that has no labels.
    func metric(_ name: String) async throws -> Int {
        let lines = try await get("/metrics").text.split(separator: "\n")
        let line = lines.first { $0.hasPrefix(name + " ") }
        return try #require(line.flatMap { Int($0.dropFirst(name.count + 1)) }, "no metric \(name)")
    }
}

/// Percent-encodes everything but letters and digits, so that text of any bytes goes into a path or a query.
func percent(_ text: String) -> String {
    text.utf8.map { byte in
        let scalar = Unicode.Scalar(byte)
        return byte < 0x80 && scalar.properties.isAlphabetic || (0x30...0x39).contains(byte)
            ? String(scalar) : String(format: "%%%02X", byte)
    }.joined()
}

/// A connection that has sent something and stays open, whatever is answered.
struct HeldSocket: Sendable {
    private let release: OneShot<Bool>
    private let task: Task<Void, any Error>

    /// Returns once the bytes are with the system.
    /// - Parameter receiveBuffer: bytes of answers that the system takes in, for nobody reads them.
    static func open(_ port: Int, _ text: String, receiveBuffer: Int? = nil) async throws -> HeldSocket {
        let sent = OneShot<Bool>(), release = OneShot<Bool>()
        let task = Task {
            try await RawSocket.with(port, within: .seconds(60), receiveBuffer: receiveBuffer) { socket in
                try? await socket.send(text)
                sent.fulfill(true)
                _ = await release.wait()
            }
        }
        _ = await sent.wait()
        return HeldSocket(release: release, task: task)
    }

    func close() async throws {
        release.fulfill(true)
        try await task.value
    }
}
