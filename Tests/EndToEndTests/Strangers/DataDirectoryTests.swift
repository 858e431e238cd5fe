import Foundation
import NIOHTTP1
import Testing

extension LarderProcess {
    /// Starts another server on this one's directory, which is to refuse; gives how it ended.
    func refusedStart(_ arguments: [String] = [], environment: [String: String] = [:]) async throws -> Larder.Outcome {
        let child = try await Larder.start(
            ["serve", "--data", data, "--port", "0"] + arguments, environment: environment, home: folder.path)
        let ending = try? await within(.seconds(15), "the refusal") { await child.ending.wait() }
        guard let ending = ending ?? nil else {
            await child.destroy()
            throw Failure(description: "it started: \(child.output.text) \(child.errors.text)")
        }
        return Larder.Outcome(ending: ending, output: child.output.text, errors: child.errors.text)
    }

    /// The file of an object.
    func objectFile(_ content: [UInt8]) -> String {
        let digest = Bytes.sha256(content)
        return "\(objectsFolder)/\(digest.prefix(2))/\(digest)"
    }
}

/// A start on a directory that is not what it was is refused, and changes nothing.
@Suite("Strangers: an index that is gone", .ownServers)
struct MissingIndexTests {
    static let ways = [
        "index gone", "index and WAL gone", "objects gone too", "all but an empty WAL gone", "index empty",
        "index and WAL empty",
    ]

    @Test(
        "The start is refused in one line that says how to go on, and nothing is lost",
        .sqliteOnly("the index is no file"), arguments: ways)
    func refused(_ way: String) async throws {
        try await LarderProcess.with { server in
            let contents = (0..<5).map { Bytes.noise(50_000, seed: UInt64($0 + 1)) }
            for (number, content) in contents.enumerated() {
                try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content), 201)
            }
            await server.kill()
            let index = server.data + "/index.sqlite", wal = index + "-wal", aside = server.folder.appending("aside")
            try FileManager.default.copyItem(atPath: server.data, toPath: aside)
            let files = FileManager.default
            switch way {
            case "index and WAL gone":
                for path in [index, wal, index + "-shm"] { try? files.removeItem(atPath: path) }
            case "objects gone too":
                try files.removeItem(atPath: index)
                try files.removeItem(atPath: server.objectsFolder)
            case "all but an empty WAL gone":
                try files.removeItem(atPath: index)
                try files.removeItem(atPath: server.objectsFolder)
                try Disk.write([], to: wal)
            case "index empty": try Disk.write([], to: index)
            case "index and WAL empty": for path in [index, wal] { try Disk.write([], to: path) }
            default: try files.removeItem(atPath: index)
            }
            let (walBefore, objectsBefore) = (try? Disk.read(wal), try await server.objects())
            let outcome = try await server.refusedStart()
            #expect(outcome.ending == .exit(1), "\(outcome)")
            #expect(outcome.lines.count == 1 && outcome.errors.contains("index.sqlite"), "\(outcome)")
            #expect((try? Disk.read(wal)) == walBefore, "the last copy of the rows is gone")
            #expect(try await server.objects() == objectsBefore)
            // With the index back in its place all is as it was.
            try files.removeItem(atPath: server.data)
            try files.moveItem(atPath: aside, toPath: server.data)
            try await server.start()
            for (number, content) in contents.enumerated() {
                #expect(try await server.get(Native.entry("things", "k\(number)")).fingerprint == Fingerprint(content))
            }
        }
    }

    @Test("A new directory starts, and one whose index alone was ever used")
    func new() async throws {
        try await LarderProcess.with { server in
            try requireStatus(try await server.put(Native.entry("things", "small"), "x"), 201)
            try await server.restart()
            #expect(try await server.get(Native.entry("things", "small")).text == "x")
            await server.kill()
            try await server.start()
            #expect(try await server.get(Native.entry("things", "small")).text == "x")
        }
    }
}

/// A restore over a running server.
@Suite("Strangers: a data directory that is taken away", .ownServers)
struct ReplacedDirectoryTests {
    @Test(
        "Writing stops, and says so, once the directory is not the one that was opened",
        arguments: ["copied", "moved", "lock replaced", "emptied"]
            + (TestEngine.current == .sqlite ? ["index replaced"] : []))
    func stops(_ way: String) async throws {
        try await LarderProcess.with { server in
            try requireStatus(try await server.put(Native.entry("things", "before"), "x"), 201)
            let token = Credential.bearer(try server.token)
            let files = FileManager.default, old = server.folder.appending("data.old")
            switch way {
            case "copied", "moved", "emptied":
                try files.moveItem(atPath: server.data, toPath: old)
                if way == "copied" { try files.copyItem(atPath: old, toPath: server.data) }
                if way == "emptied" {
                    try files.createDirectory(atPath: server.data, withIntermediateDirectories: false)
                }
            case "index replaced":
                let index = server.data + "/index.sqlite"
                try files.moveItem(atPath: index, toPath: old)
                try files.copyItem(atPath: old, toPath: index)
            default:
                try files.removeItem(atPath: server.data + "/lock")
                try Disk.write([], to: server.data + "/lock")
            }
            let stops = try await eventually {
                try await server.put(Native.entry("things", "small"), "y", as: token).status == 503
            }
            #expect(stops, "it goes on acknowledging writes that nobody will find")
            for body in [Array("y".utf8), Bytes.noise(60_000)] {
                let reply = try await server.put(Native.entry("things", "late"), body, as: token)
                try expectError(reply, 503, code: "read_only")
            }
            let run = try await server.send(.POST, "/v1/progress/p/r", [:], .text("{}"), as: token)
            try expectError(run, 503, code: "read_only")
            try expectError(try await server.get("/readyz", as: .nobody), 503)
            expectStatus(try await server.get("/healthz", as: .nobody), 200)
        }
    }
}

/// Whatever lies where an object should be: damage is told, never waited for.
@Suite("Strangers: odd files in the place of objects", .ownServers, .sqliteOnly("a bucket has no such things"))
struct OddObjectTests {
    static let kinds = ["fifo", "sparse", "directory", "link to zeros", "link to a device", "empty"]

    @Test("The read is 500 at once, others go on, and a new write heals it", arguments: kinds)
    func odd(_ kind: String) async throws {
        try await LarderProcess.with(["--scrub-every", "off"]) { server in
            let content = Bytes.noise(50_000, seed: 1), other = Bytes.noise(50_000, seed: 2)
            let target = Native.entry("things", "k")
            try requireStatus(try await server.put(target, content), 201)
            try requireStatus(try await server.put(Native.entry("things", "other"), other), 201)
            try await server.stop()
            let path = server.objectFile(content), files = FileManager.default
            if kind != "sparse" { try files.removeItem(atPath: path) }
            switch kind {
            case "fifo": try #require(mkfifo(path, 0o600) == 0)
            case "sparse": try #require(truncate(path, 20_000_000_000) == 0)
            case "directory": try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            case "link to zeros": try files.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            case "link to a device": try files.createSymbolicLink(atPath: path, withDestinationPath: "/dev/tty")
            default: try Disk.write([], to: path)
            }
            try await server.start()
            try await within(.seconds(15), "answers beside the odd file") {
                let replies = try await concurrently(6, width: 6) { _ in try await server.get(target) }
                for reply in replies { try expectError(reply, 500, code: "corrupt_entry") }
                let read = try await server.get(Native.entry("things", "other"))
                #expect(read.fingerprint == Fingerprint(other))
                expectStatus(
                    try await server.put(Native.entry("things", "new"), Bytes.noise(50_000, seed: 3)), 201)
                expectStatus(try await server.put(target, content), 200)
                #expect(try await server.get(target).fingerprint == Fingerprint(content))
            }
        }
    }

    @Test("Verification names it, and waits for nothing", arguments: ["fifo", "directory", "link to zeros"])
    func verify(_ kind: String) async throws {
        try await LarderProcess.with(["--scrub-every", "off"]) { server in
            let content = Bytes.noise(50_000, seed: 1)
            try requireStatus(try await server.put(Native.entry("things", "k"), content), 201)
            try await server.stop()
            let path = server.objectFile(content)
            try FileManager.default.removeItem(atPath: path)
            switch kind {
            case "fifo": try #require(mkfifo(path, 0o600) == 0)
            case "directory":
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            default: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            }
            try await server.start()
            let job = try await server.finish(try await server.begin("verify"), within: .seconds(15))
            #expect(job["state"] == "done" || job["state"] == "failed", "\(job)")
            #expect("\(job)".contains(Bytes.sha256(content).prefix(8)) || "\(job)".contains("things"), "\(job)")
        }
    }
}

@Suite("Strangers: links and open doors in the data directory", .ownServers)
struct OpenDoorTests {
    @Test("A lock that is a link is refused, and what it leads to is left alone")
    func lock() async throws {
        try await LarderProcess.with { server in
            try await server.stop()
            let victim = server.folder.appending("victim")
            try Disk.write(Array("precious".utf8), to: victim)
            try FileManager.default.removeItem(atPath: server.data + "/lock")
            try FileManager.default.createSymbolicLink(
                atPath: server.data + "/lock", withDestinationPath: victim)
            let outcome = try await server.refusedStart()
            #expect(outcome.ending == .exit(1) && outcome.lines.count == 1, "\(outcome)")
            #expect(outcome.errors.contains("lock"), "\(outcome)")
            #expect(try Disk.read(victim) == Array("precious".utf8))
        }
    }

    @Test(
        "Modes that others may read by are put right, with a line in the log", .sqliteOnly("secrets are in the index"),
        arguments: ["admin.token", "signing.key", ""])
    func modes(_ name: String) async throws {
        try await LarderProcess.with { server in
            try await server.stop()
            let path = name.isEmpty ? server.data : server.data + "/" + name
            for (mode, right) in name.isEmpty ? [(0o777, 0o700), (0o750, 0o700)] : [(0o666, 0o600), (0o640, 0o600)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                try await server.start()
                #expect(try Disk.mode(path) == right)
                #expect(server.log.contains(name.isEmpty ? server.data : name), "\(server.log)")
                expectStatus(try await server.get("/v1/stores"), 200)
                try await server.stop()
            }
            // What is right is not spoken of.
            try await server.start()
            #expect(!server.log.contains("admin.token") && !server.log.contains("signing.key"), "\(server.log)")
        }
    }

    @Test(
        "A secret of fewer than 16 characters is refused by its name", .sqliteOnly("secrets are in the index"),
        arguments: ["admin.token", "signing.key"], ["x", "0123456789abcde"])
    func short(_ name: String, _ secret: String) async throws {
        try await LarderProcess.with { server in
            try await server.stop()
            try Disk.write(Array((secret + "\n").utf8), to: server.data + "/" + name)
            let outcome = try await server.refusedStart()
            #expect(outcome.ending == .exit(1) && outcome.lines.count == 1, "\(outcome)")
            #expect(outcome.errors.contains(name) && outcome.errors.contains("16"), "\(outcome)")
            #expect(!outcome.errors.contains(secret) || secret == "x", "a secret in the log: \(outcome)")
            #expect(try Disk.read(server.data + "/" + name) == Array((secret + "\n").utf8))
        }
    }

    @Test("One of 16 is taken; the environment's is held to the same", .sqliteOnly("secrets are in the index"))
    func longEnough() async throws {
        try await LarderProcess.with { server in
            try await server.stop()
            for name in ["admin.token", "signing.key"] {
                try Disk.write(Array("0123456789abcdef\n".utf8), to: server.data + "/" + name)
            }
            try await server.start()
            expectStatus(try await server.get("/v1/stores", as: .bearer("0123456789abcdef")), 200)
            try await server.stop()
            let outcome = try await server.refusedStart(environment: ["LARDER_SIGNING_SECRET": "0123456789abcde"])
            #expect(outcome.ending == .exit(1), "\(outcome)")
            #expect(outcome.errors.contains("LARDER_SIGNING_SECRET"), "\(outcome)")
        }
    }
}

/// Folders of others, on the way out and in.
@Suite("Strangers: import and export", .server)
struct StrangeTreeTests {
    private func larder(_ arguments: [String]) async throws -> Larder.Outcome {
        let server = try server
        let variables = ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token]
        return try await Larder.run(arguments, environment: variables, home: server.folder.path)
    }

    @Test(
        "An export writes through no link that stands for a folder, and says which",
        arguments: ["a", "a%=", "deep/er", ".larder-export"])
    func export(_ link: String) async throws {
        let store = Fresh.store()
        for key in ["a", "a/b", "deep/er/c"] {
            try requireStatus(try await server.put(Native.entry(store, key), "content"), 201)
        }
        try await TemporaryFolder.with { folder in
            let out = folder.appending("out"), elsewhere = folder.appending("elsewhere")
            let files = FileManager.default
            try files.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
            try files.createDirectory(
                atPath: ((out + "/" + link) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: out + "/" + link, withDestinationPath: elsewhere)
            let outcome = try await larder(["export", store, "--to", out])
            #expect(try Disk.files(below: elsewhere).isEmpty, "\(outcome)")
            // Where it is a file's name, the file takes its place, as any file's.
            guard link != "a" else { return #expect(try Disk.read(out + "/a") == Array("content".utf8)) }
            #expect(outcome.ending == .exit(1), "\(outcome)")
            #expect(outcome.errors.contains(link), "\(outcome)")
        }
    }

    @Test("A file that vanishes while a tree is walked is one failure; the others are imported")
    func vanishing() async throws {
        let store = Fresh.store()
        try await TemporaryFolder.with { folder in
            let tree = folder.appending("tree")
            try FileManager.default.createDirectory(atPath: tree + "/sub", withIntermediateDirectories: true)
            for name in ["a", "sub/b", "z"] { try Disk.write(Array(name.utf8), to: tree + "/" + name) }
            // The walk's own descriptor is listed there, and gone when it is looked at.
            let outcome = try await larder(["import", tree, "/proc/self/fdinfo", "--store", store])
            #expect(outcome.ending == .exit(1), "\(outcome)")
            #expect(outcome.errors.contains("fdinfo"), "\(outcome)")
            let keys = try await server.keys(store)
            #expect(["a", "sub/b", "z"].allSatisfy { name in keys.contains { $0.hasSuffix(name) } }, "\(keys)")
        }
    }

    @Test("A folder that can't be read is one failure, too")
    func unreadable() async throws {
        let store = Fresh.store()
        try await TemporaryFolder.with { folder in
            let tree = folder.appending("tree")
            try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
            for name in ["a", "z"] { try Disk.write(Array(name.utf8), to: tree + "/" + name) }
            // Deeper than a path may be long: nobody can open it by its name.
            let name = String(repeating: "d", count: 200)
            var place = open(tree, O_RDONLY | O_DIRECTORY)
            for _ in 0..<22 {
                try #require(mkdirat(place, name, 0o700) == 0)
                let next = openat(place, name, O_RDONLY | O_DIRECTORY)
                close(place)
                try #require(next >= 0)
                place = next
            }
            close(place)
            let ended = try? await larder(["import", tree, "--store", store])
            _ = try? await Tool.run(["/bin/rm", "-rf", tree])
            let outcome = try #require(ended)
            #expect(outcome.ending == .exit(1), "\(outcome)")
            #expect(try await server.keys(store).count == 2, "\(outcome)")
        }
    }
}
