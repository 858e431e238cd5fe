import NIOHTTP1
import Testing

/// Contract 4.1 and promise 2: conditional writes have exactly one winner.
@Suite("Conditional writes of the Netlify face", .server)
struct NetlifyConditionTests {
    @Test("If-None-Match: * writes only a new key", arguments: Face.netlify)
    func onlyIfNew(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "lock")
        let first = try await server.put(target, "first", ["if-none-match": "*"])
        expectStatus(first, 200)
        let second = try await server.put(target, "second", ["if-none-match": "*"])
        try expectError(second, 412)
        #expect(try await server.get(target).text == "first")
        expectStatus(try await server.delete(target), 204)
        expectStatus(try await server.put(target, "third", ["if-none-match": "*"]), 200)
        #expect(try await server.get(target).text == "third")
    }

    @Test("If-Match writes only over that very entry", arguments: Face.netlify)
    func onlyIfMatch(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "record")
        let first = try #require(try await server.put(target, "1").etag)
        let second = try await server.put(target, "2", ["if-match": first])
        expectStatus(second, 200)
        let stale = try await server.put(target, "3", ["if-match": first])
        try expectError(stale, 412)
        #expect(!(stale.header("x-nf-error") ?? "").isEmpty, "\(stale)")
        let reply = try await server.get(target)
        #expect(reply.text == "2")
        #expect(reply.etag == second.etag)
        try expectError(try await server.put(target, "4", ["if-match": "\"never-given\""]), 412)
        #expect(try await server.get(target).text == "2")
    }

    @Test("If-Match on a missing entry is 412 and makes nothing")
    func matchMissing() async throws {
        let target = Netlify.edge(Fresh.store(), "missing")
        try expectError(try await server.put(target, "x", ["if-match": "\"abc\""]), 412)
        expectStatus(try await server.get(target), 404)
    }

    @Test("A refused write leaves content, metadata and type as they were")
    func refusedWriteChangesNothing() async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        let put = try await server.put(
            target, "old", ["content-type": "text/css", "x-amz-meta-user": Netlify.metadata(#"{"v":1}"#)])
        let refused = try await server.put(
            target, "new",
            ["content-type": "text/html", "x-amz-meta-user": Netlify.metadata(#"{"v":2}"#), "if-none-match": "*"])
        try expectError(refused, 412)
        let reply = try await server.get(target)
        #expect(reply.text == "old")
        #expect(reply.etag == put.etag)
        #expect(reply.header("content-type") == "text/css")
        #expect(try Netlify.metadata(of: reply) == ["v": 1])
    }

    @Test("Of twenty racing If-None-Match: * exactly one wins, and its content stays", arguments: Face.allCases)
    func race(_ face: Face) async throws {
        let server = try server
        let target = face.target(Fresh.store(), "start.lock")
        let replies = try await concurrently(20, width: 20) {
            try await server.put(target, "writer \($0)", ["if-none-match": "*"])
        }
        let winners = replies.indices.filter { (200..<300).contains(replies[$0].status) }
        try #require(winners.count == 1, "\(replies.map(\.status))")
        #expect(replies.filter { $0.status == 412 }.count == 19, "\(replies.map(\.status))")
        let kept = try await server.get(target)
        #expect(kept.text == "writer \(winners[0])")
        #expect(kept.etag == replies[winners[0]].etag)
    }

    @Test("Compare-and-set by ETag loses no update", arguments: [Face.edge, .native])
    func counter(_ face: Face) async throws {
        let server = try server
        let target = face.target(Fresh.store(), "counter")
        try requireStatus(try await server.put(target, "0"), face.created)
        let writers = 6
        let increments = 5
        _ = try await concurrently(writers, width: writers) { _ in
            for _ in 0..<increments {
                while true {
                    let read = try await server.get(target)
                    let value = try #require(Int(read.text))
                    let write = try await server.put(target, "\(value + 1)", ["if-match": try #require(read.etag)])
                    if write.status == 200 { break }
                    try requireStatus(write, 412)
                }
            }
        }
        #expect(try await server.get(target).text == "\(writers * increments)")
    }

    @Test("Of two racing writers the content and the metadata that stay are from the same one")
    func sameWriter() async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        for _ in 0..<5 {
            _ = try await concurrently(6, width: 6) { writer in
                try requireStatus(
                    try await server.put(
                        target, "by \(writer)", ["x-amz-meta-user": Netlify.metadata("{\"writer\":\"by \(writer)\"}")]),
                    200)
            }
            let reply = try await server.get(target)
            #expect(try Netlify.metadata(of: reply)?["writer"].string == reply.text)
        }
    }

    @Test(
        "A malformed condition writes nothing: 412, and 400 where the native face can't read an If-None-Match",
        arguments: Face.allCases, ["if-match", "if-none-match"])
    func malformed(_ face: Face, _ name: String) async throws {
        let target = face.target(Fresh.store(), "k")
        let status = face == .native && name == "if-none-match" ? 400 : 412
        for value in ["abc", "\"open", "\"a\" \"b\"", "W/"] {
            try expectError(try await server.put(target, "x", [name: value]), status)
            expectStatus(try await server.get(target), 404)
        }
    }
}
