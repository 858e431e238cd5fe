import Foundation
import NIOHTTP1
import Testing

/// Contract 4.2: PUT, GET, HEAD, DELETE of one entry.
@Suite("The native face keeps entries", .server)
struct NativeEntryTests {
    private func date(_ json: JSON) throws -> Date {
        let text = try #require(json.string)
        try #require(text.wholeMatch(of: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/) != nil, "\(text)")
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return try #require(formatter.date(from: text))
    }

    @Test("PUT answers 201 for a new key, 200 for a known one, and the entry")
    func put() async throws {
        let target = Native.entry(Fresh.store(), "notes/one.json")
        let content = Array(#"{"a":1}"#.utf8)
        let first = try await server.put(
            target, content, ["content-type": "application/json", "larder-metadata": #"{"who":"me","n":[1,2]}"#])
        expectStatus(first, 201)
        let entry = try first.json
        #expect(entry["key"] == "notes/one.json")
        #expect(entry["size"].int == content.count)
        #expect(isStrong(entry["etag"].string))
        #expect(entry["etag"].string == first.etag)
        #expect(entry["contentType"] == "application/json")
        #expect(entry["metadata"] == ["who": "me", "n": [1, 2]])
        #expect(entry["sha256"].string == Bytes.sha256(content))
        #expect(["gzip", "identity"].contains(entry["encoding"].string))
        #expect((entry["storedSize"].int ?? 0) > 0)
        #expect(entry["expiresAt"].isNull)
        #expect(abs(try date(entry["createdAt"]).timeIntervalSinceNow) < 60)
        #expect(try date(entry["modifiedAt"]) >= date(entry["createdAt"]))

        let second = try await server.put(target, "replaced", ["content-type": "text/plain"])
        expectStatus(second, 200)
        let replaced = try second.json
        #expect(replaced["createdAt"] == entry["createdAt"])
        #expect(try date(replaced["modifiedAt"]) >= date(entry["modifiedAt"]))
        #expect(replaced["etag"] != entry["etag"])
        #expect(replaced["metadata"] == JSON.object([:]))
        #expect(replaced["contentType"] == "text/plain")
    }

    @Test("The ETag is the same in PUT, GET, HEAD and lists")
    func etags() async throws {
        let store = Fresh.store()
        let put = try await server.put(Native.entry(store, "k"), "x")
        let etag = try #require(put.etag)
        #expect(try await server.get(Native.entry(store, "k")).etag == etag)
        #expect(try await server.head(Native.entry(store, "k")).etag == etag)
        #expect(try await server.get(Netlify.edge(store, "k")).etag == etag)
        #expect(try await server.get(Native.entries(store)).json["entries"][0]["etag"].string == etag)
        #expect(try await server.get("/default/site:\(store)").json["blobs"][0]["etag"].string == etag)
    }

    @Test("What one face writes the other reads, metadata too")
    func acrossFaces() async throws {
        let store = Fresh.store()
        let edge = try await server.put(
            Netlify.edge(store, "from-edge"), "1",
            ["content-type": "text/css", "x-amz-meta-user": Netlify.metadata(#"{"é":"🦭"}"#)])
        let page = try await server.get(Native.entries(store, "metadata=true")).json["entries"]
        #expect(page[0]["metadata"] == ["é": "🦭"])
        #expect(page[0]["contentType"] == "text/css")
        #expect(page[0]["etag"].string == edge.etag)
        try requireStatus(
            try await server.put(Native.entry(store, "from-native"), "2", ["larder-metadata": #"{"u":"caf\u00e9"}"#]),
            201)
        let reply = try await server.get(Netlify.edge(store, "from-native"))
        #expect(reply.text == "2")
        #expect(try Netlify.metadata(of: reply) == ["u": "café"])
    }

    @Test(
        "HEAD answers with the headers of GET",
        arguments: [Content.noise(0), .noise(10), .prose(100_000), .noise(200_000)])
    func head(_ made: Content) async throws {
        let content = made.bytes
        let target = Native.entry(Fresh.store(), "k")
        try requireStatus(
            try await server.put(target, content, ["content-type": "text/plain", "larder-metadata": #"{"a":1}"#]), 201)
        let get = try await server.get(target)
        let head = try await server.head(target)
        expectStatus(head, 200)
        #expect(head.body.isEmpty)
        #expect(get.fingerprint == Fingerprint(content))
        let perRequest: Set = ["date", "x-request-id", "x-nf-request-id", "connection", "keep-alive"]
        func stable(_ reply: Reply) -> [String] {
            reply.headers.map { ($0.name.lowercased(), $0.value) }.filter { !perRequest.contains($0.0) }.map {
                "\($0.0): \($0.1)"
            }.sorted()
        }
        #expect(stable(head) == stable(get))
        #expect(head.header("content-length") == "\(content.count)")
    }

    @Test("GET and HEAD of what is not there are 404", arguments: [HTTPMethod.GET, .HEAD])
    func missing(_ method: HTTPMethod) async throws {
        try expectError(
            try await server.send(method, Native.entry(Fresh.store(), "k")), 404,
            code: method == .HEAD ? nil : "not_found", isHead: method == .HEAD)
    }

    @Test("If-None-Match and If-Modified-Since spare the body", arguments: [HTTPMethod.GET, .HEAD])
    func notModified(_ method: HTTPMethod) async throws {
        let target = Native.entry(Fresh.store(), "k")
        let etag = try #require(try await server.put(target, "x").etag)
        let full = try await server.send(method, target)
        let modified = try #require(full.header("last-modified"))

        for headers: KeyValuePairs in [
            ["if-none-match": etag], ["if-none-match": "\"a\", \(etag)"], ["if-modified-since": modified],
            ["if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"],
        ] as [KeyValuePairs<String, String>] {
            let reply = try await server.send(method, target, headers)
            // A date in the future is no condition for some servers (RFC 9110 §13.1.3 lets it count).
            if headers[0].value.hasSuffix("2100 00:00:00 GMT") {
                expectStatus(reply, 200, 304)
            } else {
                expectStatus(reply, 304)
            }
            #expect(reply.status == 200 || reply.body.isEmpty)
            #expect(reply.etag == etag)
        }
        for headers: KeyValuePairs in [
            ["if-none-match": "\"other\""], ["if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT"],
            ["if-modified-since": "no date"],
            // RFC 9110 §13.1.3: with If-None-Match, If-Modified-Since is not looked at.
            ["if-none-match": "\"other\"", "if-modified-since": modified],
        ] as [KeyValuePairs<String, String>] {
            expectStatus(try await server.send(method, target, headers), 200)
        }
    }

    @Test("If-None-Match: * and If-Match decide over a PUT")
    func conditions() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try expectError(try await server.put(target, "0", ["if-match": "\"x\""]), 412, code: "precondition_failed")
        try expectError(try await server.put(target, "0", ["if-match": "*"]), 412)
        let first = try await server.put(target, "1", ["if-none-match": "*"])
        expectStatus(first, 201)
        try expectError(try await server.put(target, "2", ["if-none-match": "*"]), 412)
        let etag = try #require(first.etag)
        expectStatus(try await server.put(target, "3", ["if-match": "\"x\", \(etag)"]), 200)
        try expectError(try await server.put(target, "4", ["if-match": etag]), 412)
        expectStatus(try await server.put(target, "5", ["if-match": "*"]), 200)
        #expect(try await server.get(target).text == "5")
    }

    @Test("DELETE answers 204, 404 when nothing is there, and heeds If-Match")
    func delete() async throws {
        let target = Native.entry(Fresh.store(), "k")
        try expectError(try await server.delete(target), 404, code: "not_found")
        let old = try #require(try await server.put(target, "1").etag)
        let new = try #require(try await server.put(target, "2").etag)
        try expectError(try await server.delete(target, ["if-match": old]), 412)
        #expect(try await server.get(target).text == "2")
        try expectError(try await server.delete(target, ["if-match": "unquoted"]), 412)
        expectStatus(try await server.delete(target, ["if-match": new]), 204)
        expectStatus(try await server.get(target), 404)
        expectStatus(try await server.delete(target), 404)
    }

    @Test("An entry with a TTL says when it expires, and is gone then")
    func ttl() async throws {
        let store = Fresh.store()
        let clock = ContinuousClock()
        let start = clock.now
        let put = try await server.put(Native.entry(store, "brief"), "x", ["larder-ttl": "3s"])
        try requireStatus(put, 201)
        let expires = try date(try put.json["expiresAt"])
        #expect(abs(expires.timeIntervalSince(try date(try put.json["modifiedAt"])) - 3) < 0.01)
        let early = try await server.get(Native.entry(store, "brief"))
        if clock.now - start < .milliseconds(2_900) { expectStatus(early, 200) }
        #expect(
            try await eventually(within: .seconds(15)) {
                try await server.get(Native.entry(store, "brief")).status == 404
            })
        #expect(Date() > expires.addingTimeInterval(-0.1), "it was gone too early")
        expectStatus(try await server.head(Native.entry(store, "brief")), 404)
        expectStatus(try await server.get(Netlify.edge(store, "brief")), 404)
        #expect(try await server.get(Native.entries(store)).json["entries"].items.isEmpty)
        // An expired entry is as good as gone: the key is new again.
        expectStatus(try await server.put(Native.entry(store, "brief"), "y", ["if-none-match": "*"]), 201)
    }

    @Test(
        "A TTL is a number with a unit", arguments: [("90s", 90.0), ("2m", 120), ("24h", 86_400), ("30d", 2_592_000)])
    func ttlUnits(_ text: String, _ seconds: Double) async throws {
        let put = try await server.put(Native.entry(Fresh.store(), "k"), "x", ["larder-ttl": text])
        try requireStatus(put, 201)
        #expect(
            abs(try date(try put.json["expiresAt"]).timeIntervalSince(try date(try put.json["modifiedAt"])) - seconds)
                < 0.01)
    }

    @Test(
        "A type that is missing, or that curl sends by itself, is guessed from the key's extension",
        arguments: [
            (nil, "a/photo.jpg", "image/jpeg"), ("application/x-www-form-urlencoded", "photo.JPG", "image/jpeg"),
            ("text/plain", "photo.jpg", "text/plain"), (nil, "photo", "application/octet-stream"),
            ("application/x-www-form-urlencoded", "form", "application/x-www-form-urlencoded"),
        ] as [(String?, String, String)])
    func guessedType(_ said: String?, _ key: String, _ type: String) async throws {
        let target = Native.entry(Fresh.store(), key)
        let entry =
            if let said { try await server.put(target, "x", ["content-type": said]).json } else {
                try await server.put(target, "x").json
            }
        #expect(entry["contentType"].string == type)
        #expect(try await server.get(target).header("content-type") == type)
    }

    @Test("A malformed TTL is 400", arguments: ["24", "h", "-1h", "1w", "1.5h", "soon", "1h 2m"])
    func badTTL(_ text: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        try expectError(try await server.put(target, "x", ["larder-ttl": text]), 400)
        expectStatus(try await server.get(target), 404)
    }

    @Test("A later write without a TTL stays for ever")
    func ttlIsReplaced() async throws {
        let target = Native.entry(Fresh.store(), "k")
        #expect(try await server.put(target, "x", ["larder-ttl": "1h"]).json["expiresAt"].string != nil)
        #expect(try await server.put(target, "x").json["expiresAt"].isNull)
    }

    @Test("With a token of all sites ?site= chooses the site")
    func site() async throws {
        let store = Fresh.store()
        expectStatus(try await server.put(Native.entry(store, "k") + "?site=tenant-x", "x"), 201)
        expectStatus(try await server.get(Native.entry(store, "k")), 404)
        #expect(try await server.get(Native.entry(store, "k") + "?site=tenant-x").text == "x")
        #expect(try await server.get(Netlify.edge(store, "k", site: "tenant-x")).text == "x")
        #expect(try await server.get(Native.entries(store)).json["entries"].items.isEmpty)
        #expect(try await server.get(Native.entries(store, "site=tenant-x")).json["entries"].items.count == 1)
    }

    @Test("A site that is no site is 400", arguments: [".hidden", "a%20b", "v1", String(repeating: "s", count: 65)])
    func badSite(_ site: String) async throws {
        try expectError(try await server.put(Native.entry(Fresh.store(), "k") + "?site=\(site)", "x"), 400)
    }
}
