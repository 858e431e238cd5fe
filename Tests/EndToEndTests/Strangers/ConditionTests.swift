import Foundation
import NIOHTTP1
import Testing

/// Decision G, and a client that believes any answer but 412 to be a success.
@Suite("Strangers: conditions that can't be read", .server)
struct MalformedConditionTests {
    /// What stands in the field, from the entry's own tag.
    static let values = ["abc", "", "{tag}", "\"{tag}", "{tag}\"", "W/{tag}", "\"a\" \"b\"", "'{tag}'"]

    private func value(_ template: String, _ etag: String) -> String {
        template.replacing("{tag}", with: etag.filter { $0 != "\"" })
    }

    @Test("An If-Match that can't match is 412 on every face, and nothing is written", arguments: Face.allCases, values)
    func ifMatch(_ face: Face, _ template: String) async throws {
        let server = try server
        let target = face.target(Fresh.store(), "k")
        let etag = try #require(try await server.put(target, "old").etag)
        let field: KeyValuePairs = ["if-match": value(template, etag)]
        try expectError(try await server.put(target, "new", field), 412, code: "precondition_failed")
        // What is too large for the short way.
        try expectError(try await server.put(target, Bytes.noise(100_000), field), 412, code: "precondition_failed")
        try expectError(try await server.delete(target, field), 412)
        try expectError(try await server.get(target, field), 412)
        if face == .native {
            let type: KeyValuePairs = ["if-match": value(template, etag), "content-type": "application/json"]
            try expectError(try await server.send(.PATCH, target, type, .text("{}")), 412)
        }
        let kept = try await server.get(target)
        #expect(kept.text == "old" && kept.etag == etag)
    }

    @Test("One that was cut off a new entry's tag creates nothing", arguments: Face.allCases)
    func missing(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "k")
        try expectError(try await server.put(target, "x", ["if-match": "abc"]), 412)
        expectStatus(try await server.get(target), 404)
    }

    @Test("A log's array obeys it, too", arguments: values)
    func log(_ template: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        let etag = try #require(try await server.head(run.array()).etag)
        let field: KeyValuePairs = ["if-match": value(template, etag)]
        try expectError(try await server.put(run.array(), #"[{"n":1},{"n":2}]"#, field), 412)
        #expect(try await run.numbers() == [1])
    }

    @Test("An If-None-Match that can't be read is no condition of a read", arguments: Face.allCases, values)
    func ifNoneMatch(_ face: Face, _ template: String) async throws {
        let server = try server
        let target = face.target(Fresh.store(), "k")
        let etag = try #require(try await server.put(target, "old").etag)
        let field: KeyValuePairs = ["if-none-match": value(template, etag)]
        let reply = try await server.get(target, field)
        expectStatus(reply, 200)
        #expect(reply.text == "old" && reply.etag == etag)
        expectStatus(try await server.head(target, field), 200)
        // The right one saves the transfer.
        expectStatus(try await server.get(target, ["if-none-match": etag]), 304)
    }
}

/// RFC 9110 §5.6.7: a recipient takes all three forms.
@Suite("Strangers: dates in their old forms", .server)
struct OldDateTests {
    /// The same moment as RFC 9110, RFC 850 and asctime write it.
    static func forms(_ date: String) -> [String] {
        let words = date.split(separator: " ").map(String.init)
        let days = [
            "Sun,": "Sunday", "Mon,": "Monday", "Tue,": "Tuesday", "Wed,": "Wednesday", "Thu,": "Thursday",
            "Fri,": "Friday", "Sat,": "Saturday",
        ]
        guard words.count == 6, let day = days[words[0]], let number = Int(words[1]) else { return [] }
        let padded = number < 10 ? " \(number)" : "\(number)"
        return [
            date, "\(day), \(words[1])-\(words[2])-\(words[3].suffix(2)) \(words[4]) GMT",
            "\(words[0].dropLast()) \(words[2]) \(padded) \(words[4]) \(words[3])",
        ]
    }

    @Test("If-Unmodified-Since protects", arguments: forms("Sun, 06 Nov 1994 08:49:37 GMT"), Face.allCases)
    func unmodified(_ date: String, _ face: Face) async throws {
        let target = face.target(Fresh.store(), "k")
        expectStatus(try await server.put(target, "old"), face.created)
        try expectError(try await server.put(target, "new", ["if-unmodified-since": date]), 412)
        try expectError(try await server.delete(target, ["if-unmodified-since": date]), 412)
        #expect(try await server.get(target).text == "old")
    }

    @Test("If-Modified-Since saves a transfer, and a date behind the change does not stop a write", arguments: 0..<3)
    func modified(_ form: Int) async throws {
        let target = Native.entry(Fresh.store(), "k")
        expectStatus(try await server.put(target, "old"), 201)
        let forms = Self.forms(try #require(try await server.head(target).header("last-modified")))
        try #require(forms.count == 3)
        expectStatus(try await server.get(target, ["if-modified-since": forms[form]]), 304)
        expectStatus(try await server.put(target, "new", ["if-unmodified-since": forms[form]]), 200)
    }

    @Test(
        "What is no such date is no condition",
        arguments: [
            "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Monday, 06-Nov-94 08:49:37 GMT", "Sun Nov 06 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT",
        ])
    func ignored(_ date: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        expectStatus(try await server.put(target, "old"), 201)
        expectStatus(try await server.put(target, "new", ["if-unmodified-since": date]), 200)
    }
}

/// No 206 that joins two versions.
@Suite("Strangers: If-Range", .server)
struct IfRangeTests {
    @Test("A date is no strong validator in the second of the change: the answer is the whole")
    func date() async throws {
        let server = try server
        // Two writes within one second, as soon as the clock lets them.
        for _ in 0..<50 {
            let target = Native.entry(Fresh.store(), "k")
            expectStatus(try await server.put(target, "AAAAAAAAAA"), 201)
            let first = try await server.get(target)
            expectStatus(try await server.put(target, "BBBBBBBBBB"), 200)
            let date = try #require(first.header("last-modified"))
            guard try await server.head(target).header("last-modified") == date else { continue }
            let reply = try await server.get(target, ["range": "bytes=5-", "if-range": date])
            expectStatus(reply, 200)
            #expect(reply.text == "BBBBBBBBBB")
            return
        }
        Issue.record("no two writes fell into one second")
    }

    @Test("A date of an entry that has stood for a while resumes")
    func oldDate() async throws {
        let target = Native.entry(Fresh.store(), "k")
        expectStatus(try await server.put(target, "0123456789"), 201)
        let date = try #require(try await server.head(target).header("last-modified"))
        let resumes = try await eventually {
            let reply = try await server.get(target, ["range": "bytes=5-", "if-range": date])
            return reply.status == 206 && reply.text == "56789"
        }
        #expect(resumes)
    }

    @Test("Where gzip would be sent, the answer is the whole: offsets into gzip and into the content are not the same")
    func gzip() async throws {
        let server = try server
        let target = Native.entry(Fresh.store(), "k")
        let content = Bytes.prose(200_000)
        let put = try await server.put(target, content, ["content-type": "text/plain"])
        expectStatus(put, 201)
        let etag = try #require(put.etag)
        let whole = try await server.get(target, ["accept-encoding": "gzip"])
        #expect(whole.header("content-encoding") == "gzip")
        let cut = whole.body.count / 2
        let fields: KeyValuePairs = ["range": "bytes=\(cut)-", "if-range": etag, "accept-encoding": "gzip"]
        let resumed = try await server.get(target, fields)
        expectStatus(resumed, 200)
        #expect(resumed.header("content-encoding") == "gzip")
        #expect(resumed.fingerprint == whole.fingerprint)
        // Who takes no gzip has none to resume.
        for field in ["identity", "gzip;q=0", "br"] {
            let part = try await server.get(
                target, ["range": "bytes=\(cut)-", "if-range": etag, "accept-encoding": field])
            expectStatus(part, 206)
            #expect(part.fingerprint == Fingerprint(content[cut...]))
        }
        let small = Native.entry(Fresh.store(), "k")
        let stored = try await server.put(small, Bytes.noise(5_000))
        let part = try await server.get(
            small, ["range": "bytes=10-", "if-range": try #require(stored.etag), "accept-encoding": "gzip"])
        expectStatus(part, 206)
    }
}
