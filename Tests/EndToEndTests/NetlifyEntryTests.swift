import Foundation
import NIOHTTP1
import Testing

/// Contract 4.1, one entry at a time, as `@netlify/blobs` asks.
@Suite("The Netlify face keeps entries", .server)
struct NetlifyEntryTests {
    @Test("PUT answers exactly 200 with a strong ETag, for a new key and for a known one", arguments: Face.netlify)
    func put(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "photos/one.txt")
        for content in ["first", "second"] {
            let reply = try await server.put(target, content)
            expectStatus(reply, 200)
            #expect(isStrong(reply.etag), "\(reply)")
        }
        #expect(try await server.get(target).text == "second")
    }

    @Test("GET gives back bytes, ETag, type and metadata", arguments: Face.netlify)
    func get(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "one")
        let metadata =
            #"{"projectId":"lantern","title":"Gannet Head – path (édité) 🦭","size":"221688","tags":["a","b"],"n":1.5}"#
        let put = try await server.put(
            target, "body", ["content-type": "text/plain;charset=UTF-8", "x-amz-meta-user": Netlify.metadata(metadata)])
        try requireStatus(put, 200)
        let reply = try await server.get(target)
        expectStatus(reply, 200)
        #expect(reply.text == "body")
        #expect(reply.etag == put.etag)
        #expect(reply.header("content-type")?.lowercased().filter { $0 != " " } == "text/plain;charset=utf-8")
        #expect(try Netlify.metadata(of: reply) == JSON(metadata))
    }

    @Test("Both regions and the edge path lead to the same entry")
    func regions() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.region(store, "k"), "x"), 200)
        #expect(try await server.get(Netlify.edge(store, "k")).text == "x")
        #expect(try await server.get("/region:eu-central-1/default/site:\(store)/k").text == "x")
    }

    @Test("HEAD answers with the headers of GET and no body", arguments: Face.netlify)
    func head(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "one")
        let headers: KeyValuePairs = [
            "content-type": "application/json", "x-amz-meta-user": Netlify.metadata(#"{"a":1}"#),
        ]
        try requireStatus(try await server.put(target, #"{"x":1}"#, headers), 200)
        let get = try await server.get(target)
        let head = try await server.head(target)
        expectStatus(head, 200)
        #expect(head.body.isEmpty)
        for name in ["etag", "content-type", "x-amz-meta-user", "content-length"] {
            #expect(head.header(name) == get.header(name), "\(name)")
            #expect(get.header(name) != nil, "\(name)")
        }
    }

    @Test("A read with the current ETag gets 304 with the same headers", arguments: [HTTPMethod.GET, .HEAD])
    func notModified(_ method: HTTPMethod) async throws {
        let target = Netlify.edge(Fresh.store(), "one")
        try requireStatus(
            try await server.put(
                target, "x", ["content-type": "text/css", "x-amz-meta-user": Netlify.metadata(#"{"k":"v"}"#)]), 200)
        let full = try await server.send(method, target)
        let etag = try #require(full.etag)
        for condition in [etag, "\"other\", \(etag)", "*"] {
            let reply = try await server.send(method, target, ["if-none-match": condition])
            expectStatus(reply, 304)
            #expect(reply.body.isEmpty)
            for name in ["etag", "content-type", "x-amz-meta-user"] {
                #expect(reply.header(name) == full.header(name), "\(name)")
            }
        }
        let other = try await server.send(method, target, ["if-none-match": "\"other\""])
        expectStatus(other, 200)
        #expect(other.etag == etag)
    }

    @Test(
        "An entry that is not there is 404 with a reason in x-nf-error", arguments: [HTTPMethod.GET, .HEAD],
        Face.netlify)
    func missing(_ method: HTTPMethod, _ face: Face) async throws {
        let reply = try await server.send(method, face.target(Fresh.store(), "nothing"))
        try expectError(reply, 404, isHead: method == .HEAD)
        #expect(!(reply.header("x-nf-error") ?? "").isEmpty, "\(reply)")
        #expect(reply.etag == nil)
    }

    @Test("DELETE answers 204, also for what is not there", arguments: Face.netlify)
    func delete(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "one")
        try requireStatus(try await server.put(target, "x"), 200)
        let first = try await server.delete(target)
        expectStatus(first, 204)
        #expect(first.body.isEmpty)
        expectStatus(try await server.get(target), 404)
        expectStatus(try await server.delete(target), 204)
        expectStatus(try await server.delete(face.target(Fresh.store(), "one")), 204)
    }

    @Test("A write without metadata clears the old metadata")
    func metadataIsReplaced() async throws {
        let target = Netlify.edge(Fresh.store(), "one")
        try requireStatus(try await server.put(target, "x", ["x-amz-meta-user": Netlify.metadata(#"{"a":1}"#)]), 200)
        try requireStatus(try await server.put(target, "x"), 200)
        let metadata = try Netlify.metadata(of: try await server.get(target))
        #expect(metadata == nil || metadata == JSON.object([:]))
    }

    @Test("The ETag changes with content, metadata and content type, each alone")
    func etagChanges() async throws {
        let target = Netlify.edge(Fresh.store(), "one")
        let metadata = Netlify.metadata(#"{"a":1}"#)
        let base = try await server.put(target, "x", ["content-type": "text/plain", "x-amz-meta-user": metadata])
        let content = try await server.put(target, "y", ["content-type": "text/plain", "x-amz-meta-user": metadata])
        let type = try await server.put(target, "y", ["content-type": "text/css", "x-amz-meta-user": metadata])
        let meta = try await server.put(
            target, "y", ["content-type": "text/css", "x-amz-meta-user": Netlify.metadata(#"{"a":2}"#)])
        let etags = [base, content, type, meta].map(\.etag)
        #expect(etags.allSatisfy(isStrong))
        #expect(base.etag != content.etag)
        #expect(content.etag != type.etag)
        #expect(type.etag != meta.etag)
        #expect(try await server.get(target).etag == meta.etag)
    }

    @Test("Sites do not see each other")
    func sites() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "k", site: "tenant-a"), "a"), 200)
        expectStatus(try await server.get(Netlify.edge(store, "k", site: "tenant-b")), 404)
        expectStatus(try await server.get(Netlify.edge(store, "k")), 404)
        #expect(try await server.get("/tenant-b/site:\(store)").json["blobs"].items.isEmpty)
        #expect(
            try await server.get("/tenant-b?prefix=site:").json["stores"].items.contains(.string("site:" + store))
                == false)
        #expect(try await server.get(Netlify.edge(store, "k", site: "tenant-a")).text == "a")
    }

    @Test("Deploy stores are stores of their own", arguments: ["deploy:6470abc", "deploy:6470abc:cache"])
    func deployStores(_ name: String) async throws {
        let key = Fresh.name("k")
        try requireStatus(
            try await server.put("/default/\(name)/\(key)", name, ["x-amz-meta-user": Netlify.metadata(#"{"d":1}"#)]),
            200)
        let reply = try await server.get("/default/\(name)/\(key)")
        #expect(reply.text == name)
        #expect(try Netlify.metadata(of: reply) == ["d": 1])
        let listed = try await server.get("/default/\(name)?prefix=\(key)").json["blobs"].items.map { $0["key"].string }
        #expect(listed == [key])
        for other in ["deploy:6470abc", "deploy:6470abc:cache", "deploy:other", "site:6470abc", "site:cache"]
        where other != name {
            expectStatus(try await server.get("/default/\(other)/\(key)"), 404)
        }
        let stores = try await server.get("/default?prefix=site:").json["stores"].items
        #expect(!stores.contains { $0.string?.contains("deploy") == true })
    }

    @Test(
        "Any content comes back as it was sent",
        arguments: ["", "x", "\u{0}\u{1}\n\r\n", "{\"a\": 1 }\n", "é e\u{301} 🦭 \u{202F}"])
    func contents(_ content: String) async throws {
        let target = Netlify.edge(Fresh.store(), "one")
        try requireStatus(try await server.put(target, content), 200)
        let reply = try await server.get(target)
        #expect(reply.body == Array(content.utf8))
        #expect(reply.header("content-length") == "\(content.utf8.count)")
    }

    @Test("A connection carries one request after the other")
    func keepAlive() async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "one")
        try await within(.seconds(30), "ten requests on one connection") {
            try await Wire.connect(to: try server.port) { connection in
                for round in 0..<5 {
                    try requireStatus(
                        try await connection.send(try server.request(.PUT, target, [:], .text("round \(round)"))), 200)
                    #expect(try await connection.send(try server.request(.GET, target)).text == "round \(round)")
                    try requireStatus(try await connection.send(try server.request(.HEAD, target)), 200)
                    try requireStatus(try await connection.send(try server.request(.GET, target + "-missing")), 404)
                }
            }
        }
    }
}
