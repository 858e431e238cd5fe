import Foundation
import NIOHTTP1
import Testing

/// Contract 4.3: the log as a plain JSON array under its key, and the merge of whole-array writes.
@Suite("The progress array", .server)
struct ProgressArrayTests {
    private func numbers(_ reply: Reply) throws -> [Int] { try reply.json.items.compactMap { $0["n"].int } }

    // MARK: The view

    @Test("The log is an entry on every face: same bytes, ETag, size, time")
    func view() async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await run.append(#"{"b":1.50,"a":"\u00e9"}"#), 200, 201)
        try requireStatus(try await run.append(#"{"n":2}"#), 200, 201)
        let edge = try await server.get(run.array())
        expectStatus(edge, 200)
        #expect(edge.header("content-type")?.hasPrefix("application/json") == true)
        #expect(edge.text.filter { $0 != "\n" } == #"[{"b":1.50,"a":"\u00e9"},{"n":2}]"#)
        #expect(isStrong(edge.etag))
        let native = try await server.get(Native.entry("progress", run.key))
        #expect(native.body == edge.body)
        #expect(native.etag == edge.etag)
        for target in [run.array(), Native.entry("progress", run.key)] {
            let head = try await server.head(target)
            expectStatus(head, 200)
            #expect(head.etag == edge.etag)
            #expect(head.header("content-length") == "\(edge.body.count)")
            expectStatus(try await server.get(target, ["if-none-match": try #require(edge.etag)]), 304)
        }
        let prefix = "projects/\(run.project)/"
        let blob = try await server.get("/default/site:progress?prefix=\(prefix)").json["blobs"].items
        try #require(blob.map { $0["key"].string } == [run.key])
        #expect(blob[0]["size"].int == edge.body.count)
        #expect(blob[0]["etag"].string == edge.etag)
        #expect(blob[0]["last_modified"].string?.hasPrefix("20") == true)
        let entry = try await server.get(Native.entries("progress", "prefix=\(prefix)")).json["entries"].items
        try #require(entry.count == 1)
        #expect(entry[0]["size"].int == edge.body.count)
        #expect(entry[0]["etag"].string == edge.etag)
    }

    @Test("Every append changes the ETag")
    func etag() async throws {
        let run = ProgressRun(on: try server)
        var seen: Set<String> = []
        for _ in 0..<5 {
            try requireStatus(try await run.append(#"{"same":true}"#), 200, 201)
            seen.insert(try #require(try await server.get(run.array()).etag))
        }
        #expect(seen.count == 5)
    }

    @Test("A run without events is no entry")
    func missing() async throws {
        let run = ProgressRun(on: try server)
        expectStatus(try await server.get(run.array()), 404)
        expectStatus(try await server.head(run.array()), 404)
    }

    @Test("DELETE empties the run; sequence numbers go on", arguments: [Face.edge, .native])
    func delete(_ face: Face) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...4)
        let target = face.target("progress", run.key)
        expectStatus(try await server.delete(target), 204)
        expectStatus(try await server.get(target), 404)
        expectStatus(try await server.head(target), 404)
        #expect(
            try await server.get("/default/site:progress?prefix=projects/\(run.project)/").json["blobs"].items.isEmpty)
        #expect(try await run.append(#"{"n":5}"#).json == ["first": 5, "last": 5, "count": 1])
        #expect(try await run.numbers() == [5])
        #expect(try numbers(try await server.get(target)) == [5])
    }

    @Test(
        "A key that the rule calls no log is an ordinary entry",
        arguments: ["notes.txt", "projects/p/notes.json", "projects/p/runs/r/other.json"])
    func ordinary(_ key: String) async throws {
        let content = "not JSON \(Fresh.name(""))"
        try requireStatus(try await server.put(Netlify.edge("progress", key), content), 200)
        #expect(try await server.get(Netlify.edge("progress", key)).text == content)
        expectStatus(try await server.delete(Netlify.edge("progress", key)), 204)
    }

    @Test("A store of its own name keeps its own logs")
    func otherStore() async throws {
        let run = ProgressRun(on: try server)
        let store = Fresh.store("progress")
        try requireStatus(try await server.put(run.array(store), ProgressRun.json(1...3)), 200)
        #expect(try numbers(try await server.get(run.array(store))) == [1, 2, 3])
        expectStatus(try await server.get(run.array()), 404)
        try requireStatus(try await server.put(run.array(store), ProgressRun.json([1, 9])), 200)
        #expect(try numbers(try await server.get(run.array(store))) == [1, 2, 3, 9])
    }

    // MARK: The merge

    @Test(
        "A written array adds what its writer added, whatever it had read",
        arguments: [
            // Log, array, log afterwards.
            ([], [1], [1]),
            ([], [1, 2, 3], [1, 2, 3]),
            ([1, 2], [1, 2, 3], [1, 2, 3]),
            ([1, 2], [1, 2, 3, 4], [1, 2, 3, 4]),
            // Stale: others had added meanwhile.
            ([1, 2, 3, 4], [1, 2, 9], [1, 2, 3, 4, 9]),
            ([1, 2, 3], [1, 9, 8], [1, 2, 3, 9, 8]),
            // Shorter, equal, empty: nothing is removed and nothing added.
            ([1, 2, 3], [1, 2], [1, 2, 3]),
            ([1, 2, 3], [1, 2, 3], [1, 2, 3]),
            ([1, 2, 3], [], [1, 2, 3]),
            // A writer whose read had failed begins anew.
            ([1, 2, 3], [9], [1, 2, 3, 9]),
            // Equal items are separate items.
            ([7, 7], [7, 7, 7], [7, 7, 7]),
            ([7, 7, 7], [7], [7, 7, 7]),
            ([7, 7, 7], [7, 7, 8], [7, 7, 7, 8]),
        ] as [([Int], [Int], [Int])])
    func merge(_ log: [Int], _ array: [Int], _ expected: [Int]) async throws {
        for face in [Face.edge, .native] {
            let run = ProgressRun(on: try server)
            if !log.isEmpty { try requireStatus(try await run.append(ProgressRun.json(log)), 200, 201) }
            let put = try await server.put(
                face.target("progress", run.key), ProgressRun.json(array), ["content-type": "application/json"])
            expectStatus(put, 200, face.created)
            #expect(isStrong(put.etag))
            #expect(try numbers(try await server.get(run.array())) == expected)
            #expect(try await server.get(run.array()).etag == put.etag)
            #expect(try await run.read()["last"].int == expected.count)
        }
    }

    @Test("The same array again adds nothing")
    func repeated() async throws {
        let run = ProgressRun(on: try server)
        for _ in 0..<3 {
            try requireStatus(try await server.put(run.array(), ProgressRun.json(1...5)), 200)
            #expect(try await run.numbers() == [1, 2, 3, 4, 5])
        }
    }

    @Test("Items are compared as JSON text was sent: spaces and line breaks around them don't make new ones")
    func spacing() async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await server.put(run.array(), "[{\"n\":1},{\"n\":2}]"), 200)
        try requireStatus(try await server.put(run.array(), "[ {\"n\":1} ,\n{\"n\":2},\n{\"n\":3} ]\n"), 200)
        #expect(try await run.numbers() == [1, 2, 3])
    }

    @Test("Two writers at once both keep their events")
    func twoWriters() async throws {
        let server = try server
        for _ in 0..<5 {
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...3)
            _ = try await concurrently(2, width: 2) { writer in
                try requireStatus(try await server.put(run.array(), ProgressRun.json([1, 2, 3, 10 + writer])), 200)
            }
            #expect(try await run.numbers().sorted() == [1, 2, 3, 10, 11])
        }
    }

    @Test("Racing clients that read, add and write back keep every event once, each writer's in its order")
    func racingWriters() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        let writers = 5
        let each = 6
        _ = try await concurrently(writers, width: writers) { writer in
            for step in 0..<each {
                let read = try await server.get(run.array())
                var items = read.status == 200 ? try read.json.items.compactMap { $0["n"].int } : []
                items.append(writer * 100 + step)
                try requireStatus(try await server.put(run.array(), ProgressRun.json(items)), 200)
            }
        }
        let numbers = try await run.numbers()
        #expect(numbers.count == writers * each)
        for writer in 0..<writers {
            let expected: [Int] = (0..<each).map { writer * 100 + $0 }
            #expect(numbers.filter { $0 / 100 == writer } == expected)
        }
    }

    @Test("Appends and array writes race without a loss")
    func mixedWriters() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(0...0)
        _ = try await concurrently(8, width: 8) { writer in
            if writer.isMultiple(of: 2) {
                for step in 1...5 {
                    try requireStatus(try await run.append("{\"n\":\(writer * 100 + step)}"), 200, 201)
                }
            } else {
                for step in 1...5 {
                    let items = try await server.get(run.array()).json.items.compactMap { $0["n"].int }
                    try requireStatus(
                        try await server.put(run.array(), ProgressRun.json(items + [writer * 100 + step])), 200)
                }
            }
        }
        let numbers = try await run.numbers()
        #expect(numbers.count == 41)
        for writer in 0..<8 {
            let expected: [Int] = (1...5).map { writer * 100 + $0 }
            #expect(numbers.filter { $0 / 100 == writer && $0 != 0 } == expected)
        }
    }

    @Test("An array that was read from a capped log is recognised by its first kept event")
    func cappedRead() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...205)
        let read = try numbers(try await server.get(run.array()))
        try #require(read == Array(6...205))
        try requireStatus(try await server.put(run.array(), ProgressRun.json(read + [999])), 200)
        let log = try await run.read()
        #expect(log["last"] == 206)
        #expect(log["dropped"] == 6)
        #expect(try await run.numbers() == Array(7...205) + [999])
    }

    @Test("An array from the log's beginning is recognised after its beginning was dropped")
    func staleBeforeCap() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...150)
        let read = try numbers(try await server.get(run.array()))
        try await run.appendNumbers(151...205)
        try requireStatus(try await server.put(run.array(), ProgressRun.json(read + [999])), 200)
        #expect(try await run.read()["last"] == 206)
        #expect(try await run.numbers() == Array(7...205) + [999])
    }

    @Test("A written array is numbered and read like appended events")
    func numbered() async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await server.put(run.array(), ProgressRun.json(1...2)), 200)
        #expect(try await run.append(#"{"n":3}"#).json["first"] == 3)
        try requireStatus(try await server.put(run.array(), ProgressRun.json([1, 2, 3, 4])), 200)
        #expect(try await run.read()["events"].items.compactMap { $0["seq"].int } == [1, 2, 3, 4])
    }

    @Test("After a DELETE an array starts the log again")
    func afterDelete() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...3)
        expectStatus(try await server.delete(run.array()), 204)
        try requireStatus(try await server.put(run.array(), ProgressRun.json([9])), 200)
        let log = try await run.read()
        #expect(log["events"].items.map { $0["seq"].int } == [4])
        #expect(try await run.numbers() == [9])
    }

    // MARK: Refusals

    @Test(
        "What is no array of objects is 422 and changes nothing",
        arguments: ["", "{}", "{\"n\":1}", "5", "null", "nonsense", "[1]", "[{\"n\":1},null]", "[{\"n\":1}"])
    func notAnArray(_ body: String) async throws {
        for face in [Face.edge, .native] {
            let run = ProgressRun(on: try server)
            try await run.appendNumbers(1...2)
            let before = try await server.get(run.array())
            try expectError(try await server.put(face.target("progress", run.key), body), 422)
            let after = try await server.get(run.array())
            #expect(after.etag == before.etag)
            #expect(after.body == before.body)
        }
    }

    @Test("An item that is too large is 413 and changes nothing")
    func tooLarge() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...2)
        let large = "{\"k\":\"" + String(repeating: "v", count: 66_000) + "\"}"
        try expectError(try await server.put(run.array(), "[{\"n\":1},{\"n\":2},\(large)]"), 413)
        #expect(try await run.numbers() == [1, 2])
    }
}
