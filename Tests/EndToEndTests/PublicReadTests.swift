import NIOHTTP1
import Testing

/// What caches and other pages may do with what is read (contract §4.5).
@Suite("Public and signed reads", .ownServers)
struct PublicReadTests {
    private static let yaml = """
        name: shop
        public: true
        cacheControl: public, max-age=60
        rules:
          - keys: "fixed/**"
            cacheControl: public, max-age=31536000, immutable
          - keys: "**"
        """
    private static let plain = "name: plain\npublic: true\nrules:\n  - keys: \"**\"\n"

    @Test("Cache-Control is the rule's, else the policy's; signed and own reads stay private")
    func cacheControl() async throws {
        try await TemporaryFolder.with { folder in
            for (name, text) in [("shop", Self.yaml), ("plain", Self.plain)] {
                try Disk.write(Array(text.utf8), to: folder.appending("\(name).yaml"))
            }
            try await LarderProcess.with(["--stores", folder.path]) { server in
                for store in ["shop", "plain", "private"] {
                    for key in ["a", "fixed/a"] {
                        try requireStatus(try await server.put(Native.entry(store, key), "content"), 201)
                    }
                }
                for (path, field) in [
                    ("shop/a", "public, max-age=60"), ("shop/fixed/a", "public, max-age=31536000, immutable"),
                    ("plain/a", "public, no-cache"),
                ] {
                    // The second one is in memory, and goes the fast way.
                    for _ in 0..<2 {
                        let reply = try await server.get("/.netlify/blobs/\(path)", as: .nobody)
                        #expect(reply.text == "content")
                        #expect(reply.headers["cache-control"] == [field])
                        #expect(reply.headers["cross-origin-resource-policy"] == ["cross-origin"])
                        #expect(reply.header("x-content-type-options") == "nosniff")
                        #expect(isStrong(reply.etag))
                        let same = try await server.get(
                            "/.netlify/blobs/\(path)", ["if-none-match": reply.etag ?? ""], as: .nobody)
                        expectStatus(same, 304)
                        #expect(same.headers["cache-control"] == [field])
                        let part = try await server.get("/.netlify/blobs/\(path)", ["range": "bytes=0-2"], as: .nobody)
                        expectStatus(part, 206)
                        #expect(part.text == "con" && part.headers["cache-control"] == [field])
                    }
                }
                for face in Face.allCases {
                    let own = try await server.get(face.target("shop", "a"))
                    #expect(own.headers["cache-control"] == ["private, no-cache"])
                    #expect(own.headers["cross-origin-resource-policy"] == ["same-origin"])
                }
                for store in ["shop", "private"] {
                    let link = try await server.send(.POST, "/v1/sign", [:], .text(#"{"store":"\#(store)","key":"a"}"#))
                    let signed = try await server.get(try Netlify.target(of: link, at: server), as: .nobody)
                    #expect(signed.text == "content")
                    #expect(signed.headers["cache-control"] == ["private, no-store"])
                    #expect(signed.headers["cross-origin-resource-policy"] == ["cross-origin"])
                }
                let policy = try await server.get("/v1/stores/shop").json["policy"]
                #expect(policy["cacheControl"] == "public, max-age=60")
                #expect(policy["rules"][0]["cacheControl"] == "public, max-age=31536000, immutable")
                #expect(policy["rules"][1]["cacheControl"].isNull)
            }
        }
    }
}
