import Foundation
import Testing

/// Issue 2, «what bad input gets»: metadata over 2 KiB or not JSON is 400, on both faces, and the old entry stays.
@Suite("Metadata is checked", .server)
struct MetadataTests {
    private static func object(ofBytes count: Int) -> String {
        #"{"k":""# + String(repeating: "v", count: count - 8) + #""}"#
    }

    @Test(
        "Netlify metadata that is not b64 JSON, or too large, is 400",
        arguments: [
            "plain", #"{"a":1}"#, "b64;", "b64;***", "b64;e30x", Netlify.metadata("{"), Netlify.metadata("not json"),
            Netlify.metadata(object(ofBytes: 3_000)), Netlify.metadata(object(ofBytes: 10_000)),
        ])
    func netlify(_ value: String) async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        let before = try await server.put(target, "old", ["x-amz-meta-user": Netlify.metadata(#"{"v":1}"#)])
        try expectError(try await server.put(target, "new", ["x-amz-meta-user": value]), 400, code: "invalid_metadata")
        let after = try await server.get(target)
        #expect(after.text == "old")
        #expect(after.etag == before.etag)
        #expect(try Netlify.metadata(of: after) == ["v": 1])
    }

    @Test(
        "Native metadata that is not a JSON object, or too large, is 400",
        arguments: [
            "plain", "{", "[1]", "\"x\"", "null", #"{"a":1,}"#, #"{"a":1} x"#, object(ofBytes: 2_049),
            object(ofBytes: 10_000),
        ])
    func native(_ value: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        let before = try await server.put(target, "old", ["larder-metadata": #"{"v":1}"#])
        try expectError(try await server.put(target, "new", ["larder-metadata": value]), 400, code: "invalid_metadata")
        let after = try await server.get(target)
        #expect(after.text == "old")
        #expect(after.etag == before.etag)
    }

    @Test("Metadata just within the limit is kept whole")
    func atTheLimit() async throws {
        let store = Fresh.store()
        let native = Self.object(ofBytes: 2_048)
        try requireStatus(try await server.put(Native.entry(store, "n"), "x", ["larder-metadata": native]), 201)
        let edge = Self.object(ofBytes: 1_500)
        try requireStatus(
            try await server.put(Netlify.edge(store, "e"), "x", ["x-amz-meta-user": Netlify.metadata(edge)]), 200)
        let entries = try await server.get(Native.entries(store, "metadata=true")).json["entries"]
        #expect(try entries[0]["metadata"] == JSON(edge))
        #expect(try entries[1]["metadata"] == JSON(native))
    }
}
