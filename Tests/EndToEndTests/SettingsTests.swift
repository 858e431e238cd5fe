import Foundation
import NIOHTTP1
import Testing

/// Flags, variables and `larder.yaml`: one rule for all settings.
@Suite("Settings", .ownServers)
struct SettingsTests {
    private struct Shown {
        let value: String?
        let from: String?
    }

    private func config(_ name: String, home: TemporaryFolder, _ environment: [String: String]) async throws -> Shown {
        let outcome = try await Larder.run(["config", "--json"], environment: environment, home: home.path)
        try #require(outcome.ending == .exit(0), "\(outcome)")
        let item = try JSON(outcome.output)["settings"].items.first { $0["name"].string == name }
        return Shown(value: item?["value"].string, from: item?["from"].string)
    }

    private func write(_ yaml: String, in folder: TemporaryFolder) throws -> String {
        try FileManager.default.createDirectory(
            atPath: folder.appending(".config/larder"), withIntermediateDirectories: true)
        let path = folder.appending(".config/larder/larder.yaml")
        try Disk.write(Array(yaml.utf8), to: path)
        return path
    }

    @Test("A variable goes before the file, and the file before the default; config says which counts")
    func order() async throws {
        try await TemporaryFolder.with { folder in
            let path = try write("# ours\nport: 7001\nmax-followers: 12\nno-auth: true\n", in: folder)
            let variables = ["LARDER_PORT": "7002", "LARDER_TOKEN": "ldr_secret", "LARDER_MIN_FREE": ""]
            let port = try await config("port", home: folder, variables)
            #expect(port.value == "7002" && port.from == "LARDER_PORT")
            let followers = try await config("max-followers", home: folder, variables)
            #expect(followers.value == "12" && followers.from == "\(path):3")
            let noAuth = try await config("no-auth", home: folder, variables)
            #expect(noAuth.value == "true" && noAuth.from == "\(path):4")
            let host = try await config("host", home: folder, variables)
            #expect(host.value == "127.0.0.1" && host.from == "default")
            #expect(try await config("min-free", home: folder, variables).from == "default")
            #expect(try await config("token", home: folder, variables).value == "(set)")
            let table = try await Larder.run(["config"], environment: variables, home: folder.path)
            #expect(table.output.contains("LARDER_MAX_FOLLOWERS") && !table.output.contains("ldr_secret"))
        }
    }

    @Test("The server takes its options from variables and from the file that LARDER_CONFIG names")
    func server() async throws {
        try await TemporaryFolder.with { folder in
            try Disk.write(Array("max-page: 2\nlog-level: error\n".utf8), to: folder.appending("ours.yaml"))
            let environment = ["LARDER_CONFIG": folder.appending("ours.yaml"), "LARDER_PUBLIC_METRICS": "yes"]
            try await LarderProcess.with(environment: environment) { server in
                expectStatus(try await server.get("/metrics", as: .nobody), 200)
                for key in ["a", "b", "c"] {
                    try requireStatus(try await server.put(Native.entry("things", key), "x"), 201)
                }
                #expect(try await server.get(Native.entries("things")).json["entries"].items.count == 2)
            }
        }
    }

    @Test("A flag goes before all, and a token in a file counts as one that is given")
    func client() async throws {
        try await LarderProcess.with { server in
            let nowhere = ["LARDER_URL": "http://127.0.0.1:1", "LARDER_TOKEN": "wrong"]
            let file = server.folder.appending("token")
            try Disk.write(Array((try server.token + "\n").utf8), to: file)
            let given = try await Larder.run(
                ["ls", "--url", try server.url, "--token-file", file], environment: nowhere, home: server.folder.path)
            #expect(given.ending == .exit(0), "\(given)")
            let variables = ["LARDER_URL": try server.url, "LARDER_TOKEN_FILE": file]
            let found = try await Larder.run(["ls"], environment: variables, home: server.folder.path)
            #expect(found.ending == .exit(0), "\(found)")
            let missing = try await Larder.run(
                ["ls", "--token-file", file + "x"], environment: ["LARDER_URL": try server.url],
                home: server.folder.path)
            #expect(missing.ending != .exit(0) && missing.errors.contains(file + "x"), "\(missing)")
        }
    }

    @Test(
        "A mistake in the file is named with file and line",
        arguments: [
            ("port: 1\nmax-folowers: 3\n", ":2: there is no setting 'max-folowers'. Did you mean 'max-followers'?"),
            ("port: [1, 2]\n", ":1: 'port' is one value"), ("no-auth: maybe\n", ":1: 'no-auth' is true or false"),
            ("- port\n", ":1: the file is a mapping"), ("port: {\n", "not YAML"),
        ])
    func mistakes(_ yaml: String, _ says: String) async throws {
        try await TemporaryFolder.with { folder in
            let path = try write(yaml, in: folder)
            let outcome = try await Larder.run(["config"], home: folder.path)
            #expect(outcome.ending == .exit(2), "\(outcome)")
            #expect(outcome.errors.contains(path) && outcome.errors.contains(says), "\(outcome)")
        }
    }

    @Test(
        "A value that is none is told by where it comes from",
        arguments: [
            (["LARDER_PORT": "tcp://10.0.0.1:80"], "", [], "for 'LARDER_PORT'"),
            (["LARDER_PORT": "99999"], "", [], "LARDER_PORT is 0 to 65535"),
            (["LARDER_MIN_FREE": "5x"], "", [], "LARDER_MIN_FREE: '5x' is no size"),
            (["LARDER_TLS_CERT": "a.pem"], "", [], "LARDER_TLS_CERT and --tls-key go together"),
            ([:], "# ours\nport: no\n", [], "for 'port in $FILE:2'"),
            ([:], "cleanup-every: 5x\n", [], "cleanup-every in $FILE:1: '5x' is no duration"),
            (["LARDER_PORT": "x"], "port: y\n", ["--port", "z"], "for '--port <port>'"),
            (["LARDER_PORT": "x"], "port: y\n", [], "'x' is invalid for 'LARDER_PORT'"),
        ] as [([String: String], String, [String], String)])
    func sources(_ environment: [String: String], _ yaml: String, _ flags: [String], _ says: String) async throws {
        try await TemporaryFolder.with { folder in
            let path = try write(yaml, in: folder)
            let outcome = try await Larder.run(
                ["serve", "--data", folder.appending("data")] + flags, environment: environment, home: folder.path)
            #expect(outcome.ending == .exit(2), "\(outcome)")
            #expect(outcome.errors.contains(says.replacing("$FILE", with: path)), "\(outcome)")
        }
    }

    @Test("A file in the folder where a command runs is nobody's")
    func workingFolder() async throws {
        try await TemporaryFolder.with { folder in
            try Disk.write(Array("url: http://elsewhere\n".utf8), to: folder.appending("larder.yaml"))
            let outcome = try await Tool.run([
                "/usr/bin/env", "-C", folder.path, "HOME=\(folder.path)", try Larder.binary(), "config",
            ])
            #expect(outcome.ending == .exit(0) && !outcome.output.contains("elsewhere"), "\(outcome)")
        }
    }
}

/// From the start of the server to the first sight of the console.
@Suite("The way in", .server)
struct WayInTests {
    @Test("serve says where the console and its token are, and what to do next")
    func welcome() async throws {
        try await TemporaryFolder.with { folder in
            let child = try await Larder.start(
                ["serve", "--data", folder.appending("data"), "--port", "0"], home: folder.path)
            let next = try? await within(.seconds(30), "the welcome") {
                await child.output.line { $0.hasPrefix("next ") }
            }
            let said = child.output.text
            await child.destroy()
            #expect((next ?? nil) != nil, "\(said)")
            #expect(
                said.contains("/console\n") && said.contains("larder token show --url http://127.0.0.1:"), "\(said)")
            let token = try String(contentsOfFile: folder.appending("data/admin.token"), encoding: .utf8)
            #expect(!said.contains(token.trimmingCharacters(in: .whitespacesAndNewlines)))
        }
    }

    @Test("A browser at / is shown to the console; for programs there is nothing")
    func frontDoor() async throws {
        let server = try server
        let page = try await server.get("/", ["accept": "text/html,application/xhtml+xml,*/*;q=0.8"], as: .nobody)
        expectStatus(page, 302)
        #expect(page.header("location") == "/console")
        for accept in ["*/*", "application/json", "text/html;q=0"] {
            try expectError(try await server.get("/", ["accept": accept], as: .nobody), 404)
        }
        try expectError(try await server.send(.POST, "/", ["accept": "text/html"], .text("x"), as: .nobody), 404)
    }

    @Test("open prints the console's URL, and token show the token and where it is from")
    func openAndShow() async throws {
        let server = try server
        #expect(try await server.command("open").output == "\(try server.url)/console")
        let shown = try await Larder.run(["token", "show", "--data", server.data], home: server.folder.path)
        #expect(shown.output == (try server.token))
        #expect(shown.errors.contains("\(server.data)/admin.token"), "\(shown)")
        let none = try await Larder.run(["token", "show"], home: server.folder.path)
        #expect(none.ending == .exit(3), "\(none)")
    }

    @Test("status shows what the server is and holds")
    func status() async throws {
        let server = try server
        try requireStatus(try await server.put(Native.entry(Fresh.store(), "k"), "x"), 201)
        let shown = try await server.command("status")
        let url = try server.url
        #expect(shown.ending == .exit(0) && shown.output.contains(url), "\(shown)")
        let status = try JSON(try await server.command("status", "--json").output)
        #expect(status["takesWrites"] == true)
        #expect((status["freeBytes"].int ?? 0) > 0 && (status["entries"].int ?? 0) > 0)
        let reader = try #require(
            try await server.makeToken(#"{"scopes":["read"],"stores":["things"]}"#)["token"].string)
        #expect(try await server.command("status", environment: ["LARDER_TOKEN": reader]).ending == .exit(5))
    }

    @Test("env makes a token for the app once, which is no admin's")
    func appToken() async throws {
        let server = try server
        func token(_ arguments: String...) async throws -> String {
            let outcome = try await server.command(["env", "--site", "tenant-w", "--json"] + arguments)
            return try #require(try JSON(outcome.output)["token"].string, "\(outcome)")
        }
        let first = try await token()
        #expect(first != (try server.token))
        #expect(try await token() == first)
        #expect(try await token("--app", "other") != first)
        #expect(try await token("--same-token") == (try server.token))
        expectStatus(try await server.put("/tenant-w/site:things/k", "x", as: .bearer(first)), 200)
        expectStatus(try await server.put("/default/site:things/k", "x", as: .bearer(first)), 403)
        expectStatus(try await server.get("/v1/admin/tokens", as: .bearer(first)), 403)
        let made = try await server.get("/v1/admin/tokens").json["tokens"].items.first {
            $0["note"].string == "larder env: app" && $0["site"].string == "tenant-w"
        }
        let id = try #require(made?["id"].string)
        expectStatus(try await server.delete("/v1/admin/tokens/\(id)"), 204)
        #expect(try await token() != first)
        // A token that may make none is passed on.
        let mine = try #require(
            try await server.makeToken(#"{"scopes":["read"],"site":"tenant-w"}"#)["token"].string)
        let passed = try await server.command(
            "env", "--json", "--app", "third", environment: ["LARDER_TOKEN": mine])
        #expect(try JSON(passed.output)["token"].string == mine)
    }
}
