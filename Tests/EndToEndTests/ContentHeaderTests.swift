import Testing

/// Contract 4.5: what a browser must not run it is told to save.
@Suite("Content headers", .server)
struct ContentHeaderTests {
    @Test(
        "Everything gets nosniff and a sandboxing policy", arguments: Face.allCases,
        ["text/plain", "image/png", "application/json", "text/html"])
    func everything(_ face: Face, _ type: String) async throws {
        let target = face.target(Fresh.store(), "k")
        try requireStatus(try await server.put(target, "0123456789", ["content-type": type]), face.created)
        for reply in [try await server.get(target), try await server.head(target)] {
            #expect(reply.header("x-content-type-options") == "nosniff")
            #expect(reply.header("content-security-policy")?.contains("sandbox") == true, "\(reply)")
            #expect(reply.header("content-type") == type)
        }
        if face == .native {
            let part = try await server.get(target, ["range": "bytes=0-1"])
            #expect(part.header("x-content-type-options") == "nosniff")
            #expect(part.header("content-security-policy")?.contains("sandbox") == true)
        }
    }

    @Test(
        "What a browser could run is an attachment", arguments: Face.allCases,
        [
            "text/html", "text/html; charset=utf-8", "TEXT/HTML", "application/xhtml+xml", "image/svg+xml",
            "application/xml", "text/xml",
            "application/pdf",
            "text/javascript", "application/javascript", "application/atom+xml",
        ])
    func attachment(_ face: Face, _ type: String) async throws {
        let target = face.target(Fresh.store(), "k")
        try requireStatus(
            try await server.put(target, "<script>alert(1)</script>", ["content-type": type]), face.created)
        #expect(try await server.get(target).header("content-disposition")?.hasPrefix("attachment") == true)
        #expect(try await server.head(target).header("content-disposition")?.hasPrefix("attachment") == true)
    }

    @Test(
        "What it only shows is not",
        arguments: ["text/plain", "image/png", "image/jpeg", "video/mp4", "audio/mpeg", "application/json"])
    func shown(_ type: String) async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        try requireStatus(try await server.put(target, "x", ["content-type": type]), 200)
        #expect(try await server.get(target).header("content-disposition")?.hasPrefix("attachment") != true)
    }

    @Test(
        "A well-formed metadata.contentType wins over the header",
        arguments: ["image/png", "video/mp4", "text/css; charset=utf-8", "application/vnd.api+json"])
    func metadataWins(_ type: String) async throws {
        let store = Fresh.store()
        let metadata = "{\"contentType\":\"\(type)\"}"
        let edge = Netlify.edge(store, "edge")
        try requireStatus(
            try await server.put(
                edge, "x", ["content-type": "text/plain;charset=UTF-8", "x-amz-meta-user": Netlify.metadata(metadata)]),
            200)
        #expect(try await server.get(edge).header("content-type") == type)
        #expect(try await server.head(edge).header("content-type") == type)
        let native = Native.entry(store, "native")
        let put = try await server.put(native, "x", ["content-type": "text/plain", "larder-metadata": metadata])
        #expect(try put.json["contentType"].string == type)
        #expect(try await server.get(native).header("content-type") == type)
    }

    @Test(
        "One that is no media type does not",
        arguments: [
            #""png""#, #""""#, #""image/""#, #""/png""#, #""a b/c""#, #""text/html\r\nx-evil: 1""#, "5", "null",
            #"["image/png"]"#,
        ])
    func malformedLoses(_ value: String) async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        let put = try await server.put(
            target, "x",
            ["content-type": "text/plain", "x-amz-meta-user": Netlify.metadata("{\"contentType\":\(value)}")])
        try requireStatus(put, 200)
        let reply = try await server.get(target)
        #expect(reply.header("content-type") == "text/plain")
        #expect(reply.header("x-evil") == nil)
    }

    @Test("HTML by metadata is an attachment too")
    func metadataHTML() async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        try requireStatus(
            try await server.put(
                target, "<p>",
                ["content-type": "image/png", "x-amz-meta-user": Netlify.metadata(#"{"contentType":"text/html"}"#)]),
            200)
        #expect(try await server.get(target).header("content-disposition")?.hasPrefix("attachment") == true)
    }
}
