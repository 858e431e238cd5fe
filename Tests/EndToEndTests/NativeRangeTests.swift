import Foundation
import Foundation
import NIOHTTP1
import Testing

/// Contract 4.2: `Range` (RFC 9110 §14) and `If-Range`.
@Suite("Ranges", .server)
struct NativeRangeTests {
    static let content = "0123456789"

    @Test(
        "One range is 206 with its place",
        arguments: [
            ("bytes=0-3", "0123", "bytes 0-3/10"), ("bytes=4-", "456789", "bytes 4-9/10"),
            ("bytes=-3", "789", "bytes 7-9/10"),
            ("bytes=0-0", "0", "bytes 0-0/10"), ("bytes=9-9", "9", "bytes 9-9/10"),
            ("bytes=5-100", "56789", "bytes 5-9/10"),
            ("bytes=-100", "0123456789", "bytes 0-9/10"), ("bytes=0-", "0123456789", "bytes 0-9/10"),
        ])
    func one(_ range: String, _ expected: String, _ place: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        let put = try await server.put(target, Self.content, ["content-type": "text/css"])
        let reply = try await server.get(target, ["range": range])
        expectStatus(reply, 206)
        #expect(reply.text == expected)
        #expect(reply.header("content-range") == place)
        #expect(reply.header("content-length") == "\(expected.utf8.count)")
        #expect(reply.etag == put.etag)
        #expect(reply.header("content-type") == "text/css")
    }

    @Test("Several ranges come as multipart/byteranges")
    func several() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, Self.content, ["content-type": "text/css"]), 201)
        let reply = try await server.get(target, ["range": "bytes=0-1, 4-5 ,-1"])
        expectStatus(reply, 206)
        let type = try #require(reply.header("content-type"))
        let boundary = try #require(type.wholeMatch(of: /multipart\/byteranges; ?boundary="?([^"]+)"?/)?.1, "\(type)")
        #expect(reply.header("content-range") == nil)
        #expect(
            reply.header("content-length") == "\(reply.body.count)" || reply.header("transfer-encoding") == "chunked")
        var parts: [String: String] = [:]
        for part in reply.text.components(separatedBy: "--\(boundary)") {
            guard let end = part.range(of: "\r\n\r\n") else { continue }
            let fields = part[..<end.lowerBound].lowercased()
            #expect(fields.contains("content-type: text/css"), "\(part)")
            let place = try #require(fields.split(separator: "\r\n").first { $0.hasPrefix("content-range:") })
                .dropFirst(14).drop { $0 == " " }
            #expect(part.hasSuffix("\r\n"))
            parts[String(place)] = String(part[end.upperBound...].dropLast(1))
        }
        #expect(parts == ["bytes 0-1/10": "01", "bytes 4-5/10": "45", "bytes 9-9/10": "9"])
        #expect(reply.text.hasSuffix("--\(boundary)--\r\n") || reply.text.hasSuffix("--\(boundary)--"))
    }

    @Test(
        "A range beyond the content is 416 with its size",
        arguments: ["bytes=10-", "bytes=100-200", "bytes=-0", "bytes=10-20,30-40"])
    func unsatisfiable(_ range: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, Self.content), 201)
        let reply = try await server.get(target, ["range": range])
        try expectError(reply, 416, code: "range_not_satisfiable")
        #expect(reply.header("content-range") == "bytes */10")
    }

    @Test("Of several ranges the satisfiable ones are answered")
    func partlySatisfiable() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, Self.content), 201)
        let reply = try await server.get(target, ["range": "bytes=2-3,50-60"])
        expectStatus(reply, 206)
        #expect(reply.text.contains("23"))
        #expect(!reply.text.contains("0123"))
    }

    @Test("An empty entry satisfies no range")
    func empty() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, ""), 201)
        try expectError(try await server.get(target, ["range": "bytes=0-0"]), 416)
    }

    @Test(
        "A malformed range or another unit never gives a part",
        arguments: ["bytes=abc", "bytes=5-2", "bytes=", "bytes", "lines=1-2", "bytes=1", "bytes=--1"])
    func malformed(_ range: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, Self.content), 201)
        let reply = try await server.get(target, ["range": range])
        expectStatus(reply, 200, 400, 416)
        if reply.status == 200 { #expect(reply.text == Self.content) }
    }

    @Test("Very many ranges don't make the answer larger than the content allows")
    func many() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, Bytes.noise(100_000)), 201)
        let reply = try await server.get(
            target, ["range": "bytes=" + Array(repeating: "0-", count: 500).joined(separator: ",")])
        expectStatus(reply, 200, 206, 400, 416)
        #expect(reply.body.count <= 200_000)
    }

    @Test("If-Range gives the part of that very entry, else the whole")
    func ifRange() async throws {
        let target = Native.entry(Fresh.store(), "k")
        let etag = try #require(try await server.put(target, Self.content).etag)
        let same = try await server.get(target, ["range": "bytes=0-1", "if-range": etag])
        expectStatus(same, 206)
        #expect(same.text == "01")
        for other in ["\"other\"", "W/\(etag)", "Sat, 01 Jan 2000 00:00:00 GMT"] {
            let whole = try await server.get(target, ["range": "bytes=0-1", "if-range": other])
            expectStatus(whole, 200)
            #expect(whole.text == Self.content)
        }
    }

    @Test(
        "Ranges are of the plain content, however it is kept",
        arguments: [Content.prose(300_000), .noise(300_000), .prose(2_500_000)])
    func largeObjects(_ made: Content) async throws {
        let content = made.bytes
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, content, ["content-type": "text/plain"]), 201)
        let size = content.count
        for range in [0..<1, 0..<65_536, 65_535..<65_537, 100_000..<250_001, (size - 1)..<size, (size - 70_000)..<size]
        {
            let reply = try await server.get(target, ["range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
            expectStatus(reply, 206)
            #expect(reply.fingerprint == Fingerprint(content[range]), "\(range)")
            #expect(reply.header("content-range") == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
        }
        let suffix = try await server.get(target, ["range": "bytes=-10"])
        #expect(suffix.body == Array(content.suffix(10)))
    }

    @Test("A whole answer says that ranges are understood")
    func acceptRanges() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(try await server.put(target, Self.content), 201)
        #expect(try await server.get(target).header("accept-ranges") == "bytes")
    }
}
