import Foundation
import Testing

/// Copies, moves, and stores that follow a folder.
@Suite("Moving entries about", .server)
struct TransferCommandTests {
    private func folder(_ files: [String: String]) throws -> String {
        let folder = try server.folder.appending(Fresh.name("folder-"))
        for (name, text) in files {
            let path = folder + "/" + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Disk.write(Array(text.utf8), to: path)
        }
        return folder
    }

    @Test("cp brings content, type, metadata and the rest of a TTL along, and mv takes the entry away")
    func copyAndMove() async throws {
        let server = try server
        let (from, to) = (Fresh.store(), Fresh.store())
        try requireStatus(
            try await server.put(
                Native.entry(from, "a"), "content",
                ["content-type": "text/css", "larder-metadata": #"{"n":1}"#, "larder-ttl": "24h"]), 201)
        for (command, key) in [("cp", "b/c"), ("mv", "d")] {
            let done = try await server.command(command, "\(from)/a", "\(to)/\(key)")
            #expect(done.ending == .exit(0) && done.output.hasPrefix("\(to)/\(key)  "), "\(done)")
        }
        #expect(try await server.command("ls", from).output.isEmpty)
        let copies = try await server.get(Native.entries(to, "metadata=true")).json["entries"].items
        #expect(copies.map { $0["key"].string } == ["b/c", "d"])
        for copy in copies {
            #expect(copy["contentType"] == "text/css" && copy["metadata"] == ["n": 1] && copy["size"] == 7)
            #expect(copy["expiresAt"].string != nil)
        }
    }

    @Test("cp and mv refuse what they can't do, and leave all as it is")
    func refusals() async throws {
        let server = try server
        let store = Fresh.store()
        for key in ["a", "b"] { try requireStatus(try await server.put(Native.entry(store, key), key), 201) }
        for (arguments, code) in [
            (["cp", "\(store)/missing", "\(store)/c"], 3), (["mv", "\(store)/a", "\(store)/a"], 2),
            (["mv", "\(store)/a", "\(store)/b", "--if-new"], 4), (["cp", store, "\(store)/c"], 2),
        ] as [([String], Int32)] {
            let outcome = try await server.command(arguments)
            #expect(outcome.ending == .exit(code), "\(arguments): \(outcome)")
        }
        #expect(try await server.command("get", store, "b").output == "b")
        #expect(try await server.command("ls", store).outputLines == ["a", "b"])
    }

    @Test("sync follows a folder, and with --delete takes away what it lost")
    func sync() async throws {
        let server = try server
        let store = Fresh.store()
        let source = try folder(["a": "1", "sub/b": "2", "c": "3"])
        try requireStatus(try await server.put(Native.entry(store, "other"), "x"), 201)
        #expect(try await server.command("sync", source, store, "--prefix", "p/").ending == .exit(0))
        #expect(try await server.keys(store) == ["other", "p/a", "p/c", "p/sub/b"])
        try FileManager.default.removeItem(atPath: source + "/c")
        try Disk.write(Array("new".utf8), to: source + "/a")
        let arguments = ["sync", source, store, "--prefix", "p/", "--delete", "--json"]
        let dry = try JSON(try await server.command(arguments + ["--dry-run"]).output)
        #expect(dry["transferred"] == 1 && dry["removed"] == 1)
        #expect(try await server.keys(store).count == 4)
        let done = try JSON(try await server.command(arguments).output)
        #expect(done["transferred"] == 1 && done["removed"] == 1 && done["skipped"] == 1)
        #expect(try await server.keys(store) == ["other", "p/a", "p/sub/b"])
        #expect(try await server.command("get", store, "p/a").output == "new")
        #expect(try await server.command("sync", source + "x", store).ending == .exit(3))
    }

    @Test("export keeps names as they are, and encodes them with --portable")
    func names() async throws {
        let server = try server
        let store = Fresh.store()
        for key in ["%C3%A9.jpg", ".hidden", "a%3F"] {
            try requireStatus(try await server.put(Native.entry(store, key), "x"), 201)
        }
        for (flags, names) in [
            ([], [".hidden", "a?", "é.jpg"]), (["--portable"], ["%2Ehidden", "%C3%A9.jpg", "a%3F"]),
        ] {
            let out = server.folder.appending(Fresh.name("out-"))
            let done = try await server.command(["export", store, "--to", out] + flags)
            #expect(done.ending == .exit(0), "\(done)")
            let found = try Disk.files(below: out).filter { !$0.hasPrefix(".larder-export") }
            #expect(Set(found) == Set(names))
            let back = Fresh.store()
            #expect(try await server.command("import", out, "--store", back).ending == .exit(0))
            #expect(try await server.keys(back) == [".hidden", "a?", "é.jpg"])
        }
    }

    @Test("import says what it passed over, and why")
    func passedOver() async throws {
        let server = try server
        let (store, source) = (Fresh.store(), try folder(["a": "1"]))
        try FileManager.default.createSymbolicLink(atPath: source + "/link", withDestinationPath: "a")
        let plain = try await server.command("import", source, "--store", store)
        #expect(plain.ending == .exit(0), "\(plain)")
        #expect(plain.errors.contains("passed over \(source)/link: a symbolic link"), "\(plain)")
        let out = server.folder.appending(Fresh.name("out-"))
        _ = try await server.command("export", store, "--to", out)
        try Disk.write([1], to: out + "/stray")
        let exported = try JSON(try await server.command("import", out, "--store", store, "--json").output)
        #expect(exported["ignored"] == 1)
        #expect(exported["passedOver"][0]["name"].string == "\(out)/stray")
        #expect(exported["passedOver"][0]["message"] == "the manifest does not name it")
    }
}
