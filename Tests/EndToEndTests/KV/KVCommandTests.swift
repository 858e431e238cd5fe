import Foundation
import Testing

@Suite("larder kv", .ownServers)
struct KVCommandTests {
    @Test("Namespaces are made with their line for wrangler.toml, listed, renamed and removed")
    func namespaces() async throws {
        try await LarderProcess.with { server in
            let made = try await server.command("kv", "namespace", "create", "MY_KV")
            #expect(made.ending == .exit(0), "\(made)")
            let listed = try JSON(try await server.command("kv", "namespace", "list", "--json").output)
            let id = try #require(listed[0]["id"].string)
            #expect(listed[0]["title"] == "MY_KV")
            #expect(made.outputLines == [#"kv_namespaces = [{ binding = "MY_KV", id = "\#(id)" }]"#])
            let preview = try await server.command("kv", "namespace", "create", "MY_KV", "--preview")
            let all = try JSON(try await server.command("kv", "namespace", "list", "--json").output).items
            let previewID = try #require(all.first { $0["title"] == "MY_KV_preview" }?["id"].string)
            #expect(
                preview.outputLines == [
                    #"kv_namespaces = [{ binding = "MY_KV", id = "\#(id)", preview_id = "\#(previewID)" }]"#
                ])
            #expect(try await server.command("kv", "namespace", "create", "MY_KV").ending == .exit(1))
            let renamed = try await server.command("kv", "namespace", "rename", "MY_KV", "OTHER")
            #expect(renamed.outputLines == ["\(id)  OTHER"])
            #expect(try await server.command("kv", "namespace", "delete", "OTHER").ending == .exit(2))
            #expect(try await server.command("kv", "namespace", "delete", "OTHER", "--yes").ending == .exit(0))
            #expect(try await server.command("kv", "namespace", "delete", "OTHER", "--yes").ending == .exit(3))
        }
    }

    @Test("Values are written, read, listed and removed, one by one and from files")
    func values() async throws {
        try await LarderProcess.with { server in
            _ = try await server.command("kv", "namespace", "create", "s")
            let name = ["--namespace", "s"]
            let put = ["kv", "key", "put", "a b/é", "the value", "--ttl", "60", "--metadata", #"{"m":1}"#] + name
            #expect(try await server.command(put).ending == .exit(0))
            #expect(try await server.command(["kv", "key", "get", "a b/é"] + name).output == "the value")
            let listed = try JSON(try await server.command(["kv", "key", "list", "--json"] + name).output)
            #expect(listed[0]["name"] == "a b/é" && listed[0]["metadata"] == ["m": 1])
            #expect(listed[0]["expiration"].int != nil)
            let pairs = server.folder.appending("pairs.json"), keys = server.folder.appending("keys.json")
            try Data(#"[{"key":"x","value":"1"},{"key":"y","value":"2"}]"#.utf8).write(to: URL(filePath: pairs))
            try Data(#"["x","a b/é"]"#.utf8).write(to: URL(filePath: keys))
            #expect(try await server.command(["kv", "bulk", "put", pairs] + name).outputLines == ["2 entries written"])
            #expect(try await server.command(["kv", "key", "list"] + name).outputLines == ["a b/é", "x", "y"])
            #expect(
                try await server.command(["kv", "bulk", "delete", keys] + name).outputLines == ["2 entries removed"])
            #expect(try await server.command(["kv", "key", "list", "--prefix", "y"] + name).outputLines == ["y"])
            #expect(try await server.command(["kv", "key", "delete", "y"] + name).ending == .exit(0))
            #expect(try await server.command(["kv", "key", "get", "y"] + name).ending == .exit(3))
            #expect(try await server.command("kv", "key", "get", "y").ending == .exit(2))
            #expect(try await server.command("kv", "key", "get", "y", "--namespace", "none").ending == .exit(3))
        }
    }
}
