import Foundation
import Testing

/// Import and export: a tree goes in, out and back in unchanged, whatever its names.
@Suite("Import and export", .server("--cleanup-every", "off", "--scrub-every", "off"))
struct HousekeepingTransferTests {
    private func larder(_ arguments: [String], _ code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation)
        async throws -> Larder.Outcome
    {
        let server = try server
        let variables = ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token]
        let outcome = try await Larder.run(
            arguments, environment: variables, home: server.folder.path, within: .seconds(60))
        #expect(
            outcome.ending == .exit(code), "\(arguments): \(outcome.output) \(outcome.errors)",
            sourceLocation: sourceLocation)
        return outcome
    }

    private static let parts = [
        "plain", "ünï", "e\u{301}clair", "\u{E9}clair", "日本", "emoji😀", "a b", " lead", "trail ", "dot.", "..x", "...",
        "100%25", "%41",
        "new\nline", "tab\t", "q?x=1#f", "back\\slash", "colon:x", "'quote\"", "\u{202E}evil", "*star", "CON", "-dash",
        "~tilde", "semi;", "<lt>",
        "amp&", ".hidden",
        "$(id)", "`x`", "very" + String(repeating: "long", count: 50),
    ]

    private struct Made {
        var path: String
        var content: [UInt8]
    }

    /// Files with all of these names, three levels deep.
    private func makeTree(_ folder: String) throws -> [Made] {
        var made: [Made] = []
        for (index, part) in Self.parts.enumerated() {
            for (level, other) in [
                nil, Self.parts[(index * 7 + 3) % Self.parts.count], Self.parts[(index * 5 + 1) % Self.parts.count],
            ].enumerated() {
                for ending in [".json", ".mp4", ""] {
                    let path = (other.map { [$0] } ?? []) + (level == 2 ? ["deep"] : []) + ["\(part)-\(index)\(ending)"]
                    let content = Bytes.noise([0, 1, 5_000, 40_000][(index + level) % 4], seed: UInt64(made.count + 1))
                    made.append(Made(path: path.joined(separator: "/"), content: content))
                }
            }
        }
        for file in made {
            let path = folder + "/" + file.path
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Disk.write(file.content, to: path)
        }
        return made
    }

    /// What makes an entry what it is, by key.
    private func entries(_ store: String) async throws -> [[UInt8]: JSON] {
        var all: [[UInt8]: JSON] = [:]
        var cursor: String?
        repeat {
            let page = try await server.get(
                Native.entries(store, "metadata=true" + (cursor.map { "&cursor=\($0)" } ?? ""))
            ).json
            for entry in page["entries"].items {
                let facts: [JSON] = [entry["sha256"], entry["contentType"], entry["metadata"], entry["etag"]]
                all[Array((entry["key"].string ?? "").utf8)] = .array(facts)
            }
            cursor = page["cursor"].string
        } while cursor != nil
        return all
    }

    @Test("A tree with hostile names goes in, out and back in unchanged")
    func roundTrip() async throws {
        let folder = try server.folder
        let (tree, out, again) = (folder.appending("tree"), folder.appending("out"), folder.appending("again"))
        let made = try makeTree(tree)
        let dry = try JSON(
            try await larder(["import", tree, "--store", "in", "--prefix", "run/", "--dry-run", "--json"]).output)
        #expect(dry["transferred"].int == made.count)
        #expect(try await server.keys("in").isEmpty)
        let first = try JSON(try await larder(["import", tree, "--store", "in", "--prefix", "run/", "--json"]).output)
        #expect(first["transferred"].int == made.count)
        let second = try JSON(try await larder(["import", tree, "--store", "in", "--prefix", "run/", "--json"]).output)
        #expect(second["skipped"].int == made.count)
        let original = try await entries("in")
        #expect(Set(original.keys) == Set(made.map { Array(("run/" + $0.path).utf8) }))
        for file in made {
            #expect(original[Array(("run/" + file.path).utf8)]?[0].string == Bytes.sha256(file.content))
        }

        // Keys that no file system could hold side by side.
        for key in ["run", "run%2F", "run%2F%2Fx", "%2E%2E%2Fup", "a%2F%2E%2Fb", "x%00y", "%F0%9F%98%80"] {
            let put = try await server.put(
                Native.entry("in", key), key,
                ["larder-metadata": #"{"n":[1,2.5,"\u00e9"]}"#, "content-type": "text/css"])
            try requireStatus(put, 201)
        }
        let full = try await entries("in")
        _ = try await larder(["export", "in", "--to", out])
        let resumed = try JSON(try await larder(["export", "in", "--to", out, "--json"]).output)
        #expect(resumed["skipped"].int == full.count)
        _ = try await larder(["import", out, "--store", "back"])
        #expect(try await entries("back") == full)
        _ = try await larder(["export", "back", "--to", again])
        let names = try Disk.files(below: out).filter { !$0.hasPrefix(".larder-export") }
        #expect(try Disk.files(below: again).filter { !$0.hasPrefix(".larder-export") } == names)
        for name in names { #expect(try Disk.read(out + "/" + name) == (try Disk.read(again + "/" + name))) }
        // Nothing was written outside.
        #expect(try Disk.names(in: folder.path).filter { $0.contains("up") }.isEmpty)
    }

    @Test("Types are guessed, and a file's own time is kept in the metadata")
    func guessed() async throws {
        let folder = try server.folder.appending("run-guess")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Disk.write([1], to: folder + "/final.mp4")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)], ofItemAtPath: folder + "/final.mp4")
        _ = try await larder(["import", folder + "/", "--store", "guess-runs"])
        let entry = try await server.get(Native.entries("guess-runs", "metadata=true")).json["entries"][0]
        #expect(entry["key"] == "final.mp4")
        #expect(entry["contentType"] == "video/mp4")
        #expect(entry["metadata"]["modified"] == "2020-09-13T12:26:40.000Z")
    }

    @Test("The emulator's local store folder is recognised: stores, keys and metadata")
    func emulator() async throws {
        let root = try server.folder.appending("blobs-serve")
        for (path, text) in [
            ("entries/my-site/site:emu-runs/r1/state.json", "{}"),
            ("metadata/my-site/site:emu-runs/r1/state.json", #"{"who":"me"}"#),
            ("entries/my-site/site:emu-runs/%F0%9F%98%80%20x", "smile"),
            ("metadata/my-site/site:emu-runs/%F0%9F%98%80%20x", "{}"),
            ("entries/my-site/site:emu-videos/final.mp4", "mp4"),
        ] {
            let full = root + "/" + path
            try FileManager.default.createDirectory(
                atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Disk.write(Array(text.utf8), to: full)
        }
        _ = try await larder(["import", root])
        #expect(try await server.keys("emu-runs") == ["r1/state.json", "😀 x"])
        #expect(try await server.keys("emu-videos") == ["final.mp4"])
        let entries = try await server.get(Native.entries("emu-runs", "metadata=true")).json["entries"]
        #expect(entries[0]["metadata"]["who"] == "me")
        #expect(entries[0]["contentType"] == "application/json")
    }

    @Test("Logs are exported as arrays and come back as logs")
    func logs() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...5)
        let out = try server.folder.appending("logs")
        _ = try await larder(["export", "progress", "--to", out])
        _ = try await larder(["import", out, "--store", "back-progress"])
        let array = try await server.get(run.array("back-progress"))
        #expect(array.text == ProgressRun.json(1...5))
    }

    @Test("What can't be a key is told, the rest is imported, and the exit code says so")
    func failures() async throws {
        let folder = try server.folder.appending("mixed")
        let deep = folder + "/" + Array(repeating: String(repeating: "d", count: 200), count: 6).joined(separator: "/")
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        try Disk.write([1], to: deep + "/too-long")
        try Disk.write([1], to: folder + "/fine")
        let outcome = try await larder(["import", folder, "--store", "mixed"], 1)
        #expect(outcome.errors.contains("too-long"))
        #expect(try await server.keys("mixed") == ["fine"])
        _ = try await larder(["import", folder], 2)
    }
}
