import Foundation
import NIOHTTP1
import Testing

/// Contract 4.1: `/api/v1/blobs`, whose reads and writes go through signed URLs, and the older client's path.
@Suite("The Netlify API path and its signed URLs", .server)
struct NetlifyAPITests {
    private func signedPut(_ store: String, _ key: String) async throws -> String {
        let reply = try await server.send(.PUT, Netlify.api(store, key), ["accept": Netlify.signedURL])
        try requireStatus(reply, 200)
        return try Netlify.target(of: reply, at: try server)
    }

    private func signedGet(_ store: String, _ key: String) async throws -> String {
        let reply = try await server.get(Netlify.api(store, key), ["accept": Netlify.signedURL])
        try requireStatus(reply, 200)
        return try Netlify.target(of: reply, at: try server)
    }

    @Test("A signed PUT writes and a signed GET reads, both without a token")
    func roundTrip() async throws {
        let store = Fresh.store()
        let metadata = #"{"title":"édité 🦭"}"#
        let put = try await server.put(
            try await signedPut(store, "a/b%20c.txt"), "body",
            ["content-type": "text/css", "x-amz-meta-user": Netlify.metadata(metadata)],
            as: .nobody)
        expectStatus(put, 200)
        #expect(isStrong(put.etag))

        let get = try await server.get(try await signedGet(store, "a/b%20c.txt"), as: .nobody)
        expectStatus(get, 200)
        #expect(get.text == "body")
        #expect(get.etag == put.etag)
        #expect(get.header("content-type") == "text/css")
        #expect(try Netlify.metadata(of: get) == JSON(metadata))
        #expect(try await server.get(Netlify.edge(store, "a/b%20c.txt")).text == "body")
    }

    @Test("PUT answers a URL without being asked for one, with the client's region as a query")
    func putWithoutAccept() async throws {
        let store = Fresh.store()
        let reply = try await server.send(.PUT, Netlify.api(store, "k") + "?region=us-east-2")
        expectStatus(reply, 200)
        expectStatus(try await server.put(try Netlify.target(of: reply, at: try server), "x", as: .nobody), 200)
        #expect(try await server.get(Netlify.edge(store, "k")).text == "x")
    }

    @Test(
        "GET without the signed-url Accept answers the body, HEAD its headers, DELETE deletes; metadata in netlify-blobs-metadata"
    )
    func direct() async throws {
        let store = Fresh.store()
        let metadata = #"{"a":["x",1,null]}"#
        let put = try await server.put(
            Netlify.edge(store, "k"), "body", ["x-amz-meta-user": Netlify.metadata(metadata)])
        for method in [HTTPMethod.GET, .HEAD] {
            let reply = try await server.send(method, Netlify.api(store, "k"), ["accept": "*/*"])
            expectStatus(reply, 200)
            #expect(reply.text == (method == .GET ? "body" : ""))
            #expect(reply.etag == put.etag)
            #expect(try Netlify.metadata(of: reply, "netlify-blobs-metadata") == JSON(metadata))
        }
        expectStatus(try await server.delete(Netlify.api(store, "k")), 204)
        expectStatus(try await server.delete(Netlify.api(store, "k")), 204)
        expectStatus(try await server.get(Netlify.edge(store, "k")), 404)
        expectStatus(try await server.head(Netlify.api(store, "k")), 404)
    }

    @Test("A signed GET for what is not there is 404 when it is used")
    func missing() async throws {
        try expectError(try await server.get(try await signedGet(Fresh.store(), "missing"), as: .nobody), 404)
    }

    @Test("Conditions hold on signed URLs too")
    func conditions() async throws {
        let store = Fresh.store()
        let put = try await server.put(try await signedPut(store, "k"), "1", ["if-none-match": "*"], as: .nobody)
        expectStatus(put, 200)
        expectStatus(
            try await server.put(try await signedPut(store, "k"), "2", ["if-none-match": "*"], as: .nobody), 412)
        expectStatus(
            try await server.put(try await signedPut(store, "k"), "3", ["if-match": "\"other\""], as: .nobody), 412)
        let etag = try #require(put.etag)
        expectStatus(try await server.get(try await signedGet(store, "k"), ["if-none-match": etag], as: .nobody), 304)
        expectStatus(try await server.put(try await signedPut(store, "k"), "4", ["if-match": etag], as: .nobody), 200)
        #expect(try await server.get(Netlify.edge(store, "k")).text == "4")
    }

    @Test("A signed URL opens its method only")
    func wrongMethod() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "k"), "kept"), 200)
        let get = try await signedGet(store, "k")
        let put = try await signedPut(store, "k")
        try expectError(try await server.put(get, "changed", as: .nobody), 401, 403)
        try expectError(try await server.delete(get, as: .nobody), 401, 403)
        try expectError(try await server.delete(put, as: .nobody), 401, 403)
        try expectError(try await server.get(put, as: .nobody), 401, 403)
        #expect(try await server.get(Netlify.edge(store, "k")).text == "kept")
    }

    @Test("A signed URL opens its key only")
    func wrongKey() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "secret-key"), "secret"), 200)
        try requireStatus(try await server.put(Netlify.edge(store, "signed-key"), "open"), 200)
        for target in [try await signedGet(store, "signed-key"), try await signedPut(store, "signed-key")] {
            try #require(target.contains("signed-key"), "the path should be readable: \(target)")
            let other = target.replacingOccurrences(of: "signed-key", with: "secret-key")
            try expectError(try await server.get(other, as: .nobody), 401, 403)
            try expectError(try await server.put(other, "changed", as: .nobody), 401, 403)
        }
        #expect(try await server.get(Netlify.edge(store, "secret-key")).text == "secret")
    }

    @Test("Any change of the signature, its expiry or its absence is refused")
    func tampered() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "k"), "secret"), 200)
        let target = try await signedGet(store, "k")
        expectStatus(try await server.get(target, as: .nobody), 200)
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        try #require(parts.count == 2, "no query in \(target)")
        let fields = parts[1].split(separator: "&").map(String.init)
        for (index, field) in fields.enumerated() {
            let pair = field.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let last = pair[1].last else { continue }
            for changed in [pair[0] + "=" + pair[1].dropLast() + (last == "0" ? "1" : "0"), pair[0] + "="] {
                var other = fields
                other[index] = changed
                try expectError(
                    try await server.get(parts[0] + "?" + other.joined(separator: "&"), as: .nobody), 400, 401, 403)
            }
            var fewer = fields
            fewer.remove(at: index)
            try expectError(
                try await server.get(parts[0] + "?" + fewer.joined(separator: "&"), as: .nobody), 400, 401, 403)
        }
        try expectError(try await server.get(parts[0], as: .nobody), 403)
    }

    @Test("Only a valid token gets a signed URL", arguments: [HTTPMethod.GET, .PUT])
    func needsToken(_ method: HTTPMethod) async throws {
        let target = Netlify.api(Fresh.store(), "k")
        try expectError(try await server.send(method, target, ["accept": Netlify.signedURL], as: .nobody), 403)
        try expectError(try await server.send(method, target, ["accept": Netlify.signedURL], as: .bearer("wrong")), 403)
    }

    @Test(
        "Odd keys survive the way through a signed URL",
        arguments: ["a%2F%2Fb", "%E2%80%AF.jpg", "12:30%20%F0%9F%A6%AD", "100%25", "a%3Fb%23c"])
    func oddKeys(_ key: String) async throws {
        let store = Fresh.store()
        expectStatus(try await server.put(try await signedPut(store, key), key, as: .nobody), 200)
        #expect(try await server.get(try await signedGet(store, key), as: .nobody).text == key)
        let listed = try await server.get("/api/v1/blobs/default/site:\(store)").json["blobs"].items.compactMap {
            $0["key"].string
        }
        try #require(listed.count == 1)
        #expect(sameBytes(listed[0], try #require(key.removingPercentEncoding)))
    }

    @Test("The older client's path reads, writes, lists and deletes, in store `production` unless it names one")
    func legacy() async throws {
        let key = Fresh.name("legacy/")
        for (query, store) in [
            ("", "production"), ("?context=production", "production"),
            ("?context=photos-\(key.dropFirst(7))", "photos-\(key.dropFirst(7))"),
        ] {
            let target = "/api/v1/sites/default/blobs/\(key)\(query)"
            let put = try await server.send(.PUT, target)
            try requireStatus(put, 200)
            expectStatus(
                try await server.put(try Netlify.target(of: put, at: try server), "in \(store) \(query)", as: .nobody),
                200)

            let get = try await server.get(target, ["accept": Netlify.signedURL])
            try requireStatus(get, 200)
            #expect(
                try await server.get(try Netlify.target(of: get, at: try server), as: .nobody).text
                    == "in \(store) \(query)")
            #expect(try await server.get(Native.entry(store, key)).text == "in \(store) \(query)")

            let list = try await server.get(
                "/api/v1/sites/default/blobs\(query)\(query.isEmpty ? "?" : "&")prefix=\(key.replacingOccurrences(of: "/", with: "%2F"))"
            )
            #expect(try list.json["blobs"].items.map { $0["key"].string } == [key])
        }
        let target = "/api/v1/sites/default/blobs/\(key)"
        expectStatus(try await server.delete(target), 204)
        expectStatus(try await server.get(Native.entry("production", key)), 404)
    }
}
