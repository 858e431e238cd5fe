import Foundation
import NIOHTTP1
import Testing

/// How commands of all kinds behave alike.
@Suite("All commands", .server)
struct CommandMannersTests {
    private func store(with keys: String...) async throws -> String {
        let store = Fresh.store()
        for key in keys {
            let path = Native.entry(store, key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? key)
            try requireStatus(try await server.put(path, "x"), 201)
        }
        return store
    }

    // MARK: What is not there

    @Test("say with exit code 3 that something is not there")
    func notThere() async throws {
        let server = try server
        let there = try await store(with: "a/1")
        let folder = server.folder.appending(Fresh.name("export-"))
        for arguments in [
            ["ls", Fresh.store()], ["ls", Fresh.store(), "--json"], ["ls", there, "b/"], ["get", there, "b"],
            ["export", Fresh.store(), "--to", folder], ["memory", "show", Fresh.name("project-")],
            ["memory", "show", Fresh.name("project-"), "--json"], ["import", "/nonexistent", "--store", there],
            ["put", there, "k", "/nonexistent/file"], ["rm", Fresh.store(), "--prefix", "a"],
            ["rm", there, "--prefix", "b"], ["rm", Fresh.store(), "--all", "--yes"], ["stat", there, "b"],
            ["token", "revoke", "nobody"],
        ] {
            let outcome = try await server.command(arguments)
            #expect(outcome.ending == .exit(3), "\(arguments): \(outcome)")
            #expect(outcome.output.isEmpty, "\(arguments): \(outcome)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(arguments): \(outcome)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("call a store empty that is there")
    func emptyStore() async throws {
        let server = try server
        let store = try await store(with: "a")
        #expect(try await server.command("rm", store, "a").ending == .exit(0))
        let listed = try await server.command("ls", store)
        #expect(listed.ending == .exit(0) && listed.output.isEmpty, "\(listed)")
        let asJSON = try await server.command("ls", store, "--json")
        #expect(try JSON(asJSON.output)["entries"].items.isEmpty)
        #expect(try await server.command("rm", store, "--all", "--yes").output == "0 entries removed")
    }

    @Test("sign warns where the entry is not there yet, and makes the link")
    func signWarns() async throws {
        let server = try server
        let store = try await store(with: "a")
        let missing = try await server.command("sign", store, "b")
        #expect(missing.ending == .exit(0) && missing.output.hasPrefix("http"), "\(missing)")
        #expect(missing.errors.contains("no entry 'b'"), "\(missing)")
        for arguments in [["sign", store, "a"], ["sign", store, "b", "--put"]] {
            #expect(try await server.command(arguments).errors.isEmpty)
        }
    }

    @Test("guess what was meant")
    func didYouMean() async throws {
        let server = try server
        let store = try await store(with: "a")
        for (arguments, code, hint) in [
            (["lss"], 2, "Did you mean 'ls'?"), (["token", "crate"], 2, "Did you mean 'create'?"),
            (["ls", store + "x"], 3, "Did you mean '"), (["ls", "--recursiv"], 2, "--recursiv"),
            (["nonsense"], 2, "There is no command 'nonsense'."),
        ] as [([String], Int32, String)] {
            let outcome = try await server.command(arguments)
            #expect(outcome.ending == .exit(code) && outcome.errors.contains(hint), "\(arguments): \(outcome)")
        }
    }

    // MARK: Options

    @Test("take the options that they share in front of them, too")
    func sharedOptions() async throws {
        let server = try server
        let store = try await store(with: "a")
        let nowhere = ["LARDER_URL": "http://127.0.0.1:1", "LARDER_TOKEN": "none"]
        let (url, token) = (try server.url, try server.token)
        for arguments in [
            ["--url", url, "--token", token, "ls", store], ["ls", store, "--url", url, "--token", token],
            ["--url=\(url)", "ls", "--token", token, store],
        ] {
            let outcome = try await server.command(arguments, environment: nowhere)
            #expect(outcome.output == "a", "\(arguments): \(outcome)")
        }
        for arguments in [["--json", "token", "list"], ["token", "--json", "list"], ["token", "list", "--json"]] {
            #expect(try JSON(try await server.command(arguments).output)["tokens"].items.isEmpty == false)
        }
    }

    @Test(
        "refuse what is no duration and no size in one way",
        arguments: [
            ["put", "s", "k", "-", "--ttl"], ["cleanup", "--older-than"], ["collect", "--grace"],
            ["sign", "s", "k", "--expires"], ["sign", "--rotate-key", "--keep-old"],
            ["token", "create", "--read", "--expires"], ["watch", "p", "r", "--timeout"],
            ["memory", "suggest", "p", "--half-life"], ["serve", "--cleanup-every"], ["serve", "--head-timeout"],
            ["verify", "--rate"], ["sign", "s", "k", "--put", "--max-size"], ["serve", "--min-free"],
            ["token", "create", "--read", "--bytes-per-second"], ["serve", "--max-url"],
        ])
    func values(_ arguments: [String]) async throws {
        let outcome = try await server.command(arguments + ["5x"])
        #expect(outcome.ending == .exit(2), "\(outcome)")
        let isMatch =
            outcome.errors.contains("'5x' is no duration; write 90s, 15m, 24h, 30d")
            || outcome.errors.contains("'5x' is no size; write 500KB, 10MB, 1GB")
        #expect(isMatch, "\(outcome)")
    }

    @Test("refuse patterns of stores with wildcards that there are not", arguments: ["[", "a?", "{a,b}", "run[0-9]"])
    func patterns(_ pattern: String) async throws {
        let made = try await server.command("token", "create", "--read", "--store", pattern)
        #expect(made.ending == .exit(2) && made.errors.contains("is no wildcard"), "\(made)")
        let body = #"{"scopes":["read"],"stores":["\#(pattern)"]}"#
        try expectError(try await server.send(.POST, "/v1/admin/tokens", [:], .text(body)), 400)
    }

    @Test("token create prints the token alone, and beside it its ID and that it is shown once")
    func tokenCreate() async throws {
        let made = try await server.command("token", "create", "--read", "--note", "n")
        let token = try #require(made.outputLines.first)
        #expect(made.outputLines.count == 1)
        expectStatus(try await server.get("/v1/stores", as: .bearer(token)), 200)
        let listed = try JSON(try await server.command("token", "list", "--json").output)["tokens"].items
        let isNamed = listed.contains { made.errors.contains($0["id"].string ?? "?") }
        #expect(isNamed && made.errors.contains("shown once"), "\(made)")
    }

    @Test("show times in one form")
    func times() async throws {
        let store = try await store(with: "a")
        _ = try await server.command("token", "create", "--read", "--expires", "1d")
        let time = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/
        for (arguments, count) in [
            (["ls", store, "-l"], 1), (["stat", store, "a"], 2), (["token", "list"], 2),
            (["audit", "--limit", "1"], 1),
        ] {
            let output = try await server.command(arguments).output
            #expect(output.matches(of: time).count >= count, "\(arguments): \(output)")
            #expect(output.matches(of: /\d\d:\d\d:\d\d/).count == output.matches(of: time).count, "\(output)")
        }
    }

    // MARK: Questions

    @Test("rm of many says how many and asks on a terminal")
    func removeAsks() async throws {
        let server = try server
        let store = try await store(with: "a/1", "a/2", "b")
        let no = try await server.onTerminal("rm", store, "--prefix", "a/", typing: "n\n")
        #expect(no.ending == .exit(1) && no.output.contains("Remove 2 entries of '\(store)'"), "\(no)")
        #expect(try await server.command("ls", store, "-r").outputLines.count == 3)
        let yes = try await server.onTerminal("rm", store, "--prefix", "a/", typing: "y\n")
        #expect(yes.ending == .exit(0) && yes.output.contains("2 entries removed"), "\(yes)")
        let all = try await server.onTerminal("rm", store, "--all", typing: "n\n")
        #expect(all.ending == .exit(1) && all.output.contains("Remove 1 entry of '\(store)'"), "\(all)")
        #expect(try await server.onTerminal("rm", store, "--all", "--yes").ending == .exit(0))
        #expect(try await server.command("ls", store).output.isEmpty)
    }

    @Test("From a pipe only rm --all needs --yes")
    func removeFromPipe() async throws {
        let server = try server
        let store = try await store(with: "a/1", "b")
        #expect(try await server.command("rm", store, "--prefix", "a/").output == "1 entry removed")
        let refused = try await server.command("rm", store, "--all")
        #expect(refused.ending == .exit(2) && refused.errors.contains("--yes"), "\(refused)")
        #expect(refused.errors.contains("1 entry"), "\(refused)")
        #expect(try await server.command("ls", store).output == "b")
        #expect(try await server.command("rm", store, "--all", "--yes").output == "1 entry removed")
    }

    @Test("mk shows the policy that a store would have, and makes it")
    func makeStore() async throws {
        let server = try server
        let store = "\(Fresh.store())-runs"
        let preview = try await server.command("mk", store, "--dry-run")
        #expect(preview.outputLines.prefix(2) == ["\(store): would be made", "policy runs (runs.yaml, built in)"])
        #expect(try await server.command("ls", store).ending == .exit(3))
        let made = try await server.command("mk", store)
        #expect(made.outputLines.first == "\(store): made" && made.output.contains("90d"), "\(made)")
        #expect(try await server.command("mk", store).outputLines.first == "\(store): is there, with 0 entries")
        #expect(try await server.command("mk", "a/b").ending != .exit(0))
    }

    @Test("rm --store removes a store with its entries, and asks")
    func removeStore() async throws {
        let server = try server
        let store = try await store(with: "a/1", "b")
        for arguments in [[store, "--store", store], ["--store", store, "--all"], ["--prefix", "a"], []] {
            #expect(try await server.command(["rm"] + arguments).ending == .exit(2), "\(arguments)")
        }
        let refused = try await server.command("rm", "--store", store)
        #expect(refused.ending == .exit(2) && refused.errors.contains("2 entries"), "\(refused)")
        let no = try await server.onTerminal("rm", "--store", store, typing: "n\n")
        #expect(no.output.contains("Remove 2 entries of '\(store)', and the store?"), "\(no)")
        #expect(try await server.command("ls", store, "-r").outputLines.count == 2)
        let removed = try await server.command("rm", "--store", store, "--yes")
        #expect(removed.output == "2 entries removed, and the store", "\(removed)")
        #expect(try await server.command("ls", store).ending == .exit(3))
        #expect(try await server.command("rm", "--store", store, "--yes").ending == .exit(3))
        let other = try await self.store(with: "a")
        #expect(try JSON(try await server.command("rm", "--store", other, "--yes", "--json").output)["deleted"] == 1)
    }

    // MARK: Terminals

    private static let hostile = "a\u{1B}[31m\u{202E}b\u{9B}c\nd"

    @Test("do nothing to a terminal with the names that others gave")
    func terminal() async throws {
        let server = try server
        let store = try await store(with: Self.hostile)
        let note = try #require(
            String(data: try JSONEncoder().encode(["note": Self.hostile, "scope": ""]), encoding: .utf8))
        _ = try await server.send(
            .POST, "/v1/admin/tokens", [:], .text(note.replacing(#""scope":"""#, with: #""scopes":["read"]"#)))
        let run = ProgressRun(on: server)
        let event = try JSONEncoder().encode(["status": "completed", "message": Self.hostile])
        try await run.append(String(decoding: event, as: UTF8.self))
        for arguments in [
            ["ls", store], ["ls", store, "-l"], ["ls", store, "--json"], ["stat", store, Self.hostile],
            ["get", store, Self.hostile + "x"], ["put", store, Self.hostile, "/dev/null"], ["token", "list"],
            ["watch", run.project, run.run], ["watch", run.project, run.run, "--json"],
            ["rm", store, "--prefix", Self.hostile], ["ls", Self.hostile], ["put", store, "k", Self.hostile],
        ] {
            let outcome = try await server.onTerminal(arguments)
            let harmful = outcome.output.unicodeScalars.filter {
                ["\u{1B}", "\u{202E}", "\u{9B}"].contains($0)
            }
            #expect(harmful.isEmpty && !outcome.output.isEmpty, "\(arguments): \(outcome.output.debugDescription)")
        }
        let listed = try JSON(try await server.onTerminal(["ls", store, "--json"]).output)
        #expect(listed["entries"][0]["key"].string == Self.hostile)
    }

    @Test("ls keeps a name on one line in a pipe, and gives all as they are with -0")
    func lines() async throws {
        let server = try server
        let store = try await store(with: "a\nb", "\"quoted\"", "plain é", "z/1")
        let listed = try await server.command("ls", store)
        #expect(listed.outputLines == [#""\"quoted\"""#, #""a\u000ab""#, "plain é", "z/"])
        let raw = try await server.command("ls", store, "-0", "-r")
        #expect(raw.output == "\"quoted\"\0a\nb\0plain é\0z/1\0")
        let long = try await server.command("ls", store, "-l")
        #expect(long.outputLines.count == 4, "\(long)")
        let removed = try await server.command("put", store, "a\nb", "/dev/null")
        #expect(removed.outputLines.count == 1, "\(removed)")
    }
}
