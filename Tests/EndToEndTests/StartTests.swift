import Foundation
import Testing

/// Issue 2, «what bad luck gets»: a server that can't start says why in one line.
@Suite("Starting", .ownServers)
struct StartTests {
    /// One line, no stack trace, a failure's exit code.
    private func expectRefusal(
        _ outcome: Larder.Outcome, mentions words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.ending != .exit(0), sourceLocation: sourceLocation)
        if case .signal(let signal) = outcome.ending {
            Issue.record("ended by signal \(signal): \(outcome.errors)", sourceLocation: sourceLocation)
        }
        #expect(outcome.lines.count == 1, "\(outcome.output)\n\(outcome.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(
                outcome.lines.first?.contains(word) == true, "\(word) is not in: \(outcome.lines)",
                sourceLocation: sourceLocation)
        }
    }

    @Test("A second process on one data directory is refused with the first one's pid")
    func secondProcess() async throws {
        try await LarderProcess.with { server in
            try requireStatus(try await server.put(Netlify.edge("things", "k"), "x"), 200)
            let second = try await Larder.run(
                ["serve", "--data", server.data, "--port", "0"], home: server.folder.path)
            expectRefusal(second, mentions: "\(try server.pid)")
            #expect(try await server.get(Netlify.edge("things", "k")).text == "x")
        }
    }

    @Test("After kill -9 the directory is free again")
    func staleLock() async throws {
        try await LarderProcess.with { server in
            await server.kill()
            try await server.start()
            expectStatus(try await server.get("/healthz"), 200)
        }
    }

    @Test("A taken port is named")
    func takenPort() async throws {
        try await LarderProcess.with { server in
            let port = try server.port
            let second = try await Larder.run(
                ["serve", "--data", server.folder.appending("other"), "--port", "\(port)"], home: server.folder.path)
            expectRefusal(second, mentions: "\(port)")
        }
    }

    @Test("A data directory that is or lies under a file is named", arguments: ["file", "file/below"])
    func unwritable(_ name: String) async throws {
        try await TemporaryFolder.with { folder in
            try Disk.write([1], to: folder.appending("file"))
            let path = folder.appending(name)
            expectRefusal(
                try await Larder.run(["serve", "--data", path, "--port", "0"], home: folder.path), mentions: path)
        }
    }

    @Test("A missing data directory is made, with its parents")
    func missing() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.appending("a/b/data")
            let child = try await Larder.start(["serve", "--data", path, "--port", "0"], home: folder.path)
            let line = try? await within(.seconds(30), "the start") {
                await child.output.line { $0.contains("listening on") }
            }
            await child.destroy()
            #expect((line ?? nil)?.contains(path) == true, "\(child.output.text) \(child.errors.text)")
            #expect(try Disk.mode(path) == 0o700)
        }
    }

    @Test(
        "The data directory comes from --data, LARDER_DATA, XDG_DATA_HOME or the home folder, in this order",
        arguments: [
            ([String](), ["LARDER_DATA": "/by-variable", "XDG_DATA_HOME": "/xdg"], "/by-variable"),
            ([], ["XDG_DATA_HOME": "/xdg"], "/xdg/larder"),
            ([], [:], "/.local/share/larder"),
            (["--data", "/by-option"], ["LARDER_DATA": "/by-variable"], "/by-option"),
        ])
    func dataDirectory(_ arguments: [String], _ environment: [String: String], _ expected: String) async throws {
        try await TemporaryFolder.with { folder in
            let arguments = arguments.map { $0.hasPrefix("/") ? folder.path + $0 : $0 }
            let child = try await Larder.start(
                ["serve", "--port", "0"] + arguments, environment: environment.mapValues { folder.path + $0 },
                home: folder.path)
            _ = try? await within(.seconds(30), "the start") { await child.output.line { $0.contains("listening on") } }
            await child.destroy()
            #expect(Disk.isFile(folder.path + expected + "/admin.token"), "\(child.output.text) \(child.errors.text)")
        }
    }

    @Test("Policies of one's own replace the built-in ones")
    func ownPolicies() async throws {
        try await TemporaryFolder.with { folder in
            let yaml =
                "name: tiny\nmatches: [tiny]\nrules:\n  - keys: \"big/**\"\n    maxSize: 1KB\n  - keys: \"**\"\n    maxSize: 10KB\n"
            try FileManager.default.createDirectory(
                atPath: folder.appending("stores"), withIntermediateDirectories: false)
            try Disk.write(Array(yaml.utf8), to: folder.appending("stores/tiny.yaml"))
            try await LarderProcess.with(["--stores", folder.appending("stores")]) { server in
                let refused = try await server.put(Netlify.edge("tiny", "big/x"), Bytes.noise(1_001))
                try expectError(refused, 413, code: "entry_too_large")
                #expect(try refused.json["error"]["message"].string?.contains("big/**") == true, "\(refused)")
                expectStatus(try await server.put(Netlify.edge("tiny", "other"), Bytes.noise(1_001)), 200)
                expectStatus(try await server.put(Netlify.edge("tiny", "other"), Bytes.noise(10_001)), 413)
                // The built-in limit of `evals` is gone with its file.
                expectStatus(try await server.put(Netlify.edge("evals", "x"), Bytes.noise(2_000)), 200)
            }
        }
    }

    @Test(
        "A policy that can't be read is refused with file and line",
        arguments: [
            ("name: a\nrulez: []\n", ":2"), ("name: a\nrules:\n  - keys: \"**\"\n    maxSize: big\n", ":4"),
            ("name: a\nrules:\n  - keys: \"**\"\n  - keys: \"x/*\"\n", ":4"),
            ("name: a\nrules:\n  - keys: \"x\"\n  - keys: \"x\"\n", ":4"),
            ("name: a\nrules:\n  - keys: \"**\"\n    colour: red\n", ":4"),
        ])
    func badPolicy(_ yaml: String, _ line: String) async throws {
        try await TemporaryFolder.with { folder in
            try FileManager.default.createDirectory(
                atPath: folder.appending("stores"), withIntermediateDirectories: false)
            try Disk.write(Array(yaml.utf8), to: folder.appending("stores/mine.yaml"))
            let outcome = try await Larder.run(
                ["serve", "--data", folder.appending("data"), "--port", "0", "--stores", folder.appending("stores")],
                home: folder.path)
            expectRefusal(outcome, mentions: "mine.yaml" + line)
        }
    }

    @Test("Two policies that claim one store name are refused with both named")
    func clashingPolicies() async throws {
        try await TemporaryFolder.with { folder in
            try FileManager.default.createDirectory(
                atPath: folder.appending("stores"), withIntermediateDirectories: false)
            for name in ["one", "two"] {
                let yaml = "name: \(name)\nmatches: [shared]\nrules:\n  - keys: \"**\"\n"
                try Disk.write(Array(yaml.utf8), to: folder.appending("stores/\(name).yaml"))
            }
            let outcome = try await Larder.run(
                ["serve", "--data", folder.appending("data"), "--port", "0", "--stores", folder.appending("stores")],
                home: folder.path)
            expectRefusal(outcome, mentions: "one", "two")
        }
    }

    @Test("Without tokens only on loopback")
    func noAuth() async throws {
        try await LarderProcess.with(["--no-auth"]) { server in
            expectStatus(try await server.put(Netlify.edge("things", "k"), "x", as: .nobody), 200)
            #expect(try await server.get(Native.entry("things", "k"), as: .nobody).text == "x")
        }
        try await TemporaryFolder.with { folder in
            let arguments = [
                "serve", "--data", folder.appending("data"), "--port", "0", "--no-auth", "--host", "0.0.0.0",
            ]
            expectRefusal(try await Larder.run(arguments, home: folder.path))
        }
    }
}
