import Foundation
import NIOHTTP1
import Testing

/// `larder log …`
@Suite("Commands for logs", .server)
struct LogCommandTests {
    private func append(_ store: String, _ key: String, _ events: String...) async throws {
        let server = try server
        for event in events {
            let done = try await server.command("log", "append", store, key, event)
            #expect(done.ending == .exit(0), "\(done)")
        }
    }

    private static func turn(_ role: String, _ content: String) -> String {
        let json = try? JSONEncoder().encode(["role": role, "content": content])
        return String(decoding: json ?? Data(), as: UTF8.self)
    }

    @Test("append events and show the newest, oldest first, as lines and as JSON")
    func appendAndTail() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let first = try await server.command(
            "log", "append", store, "ada/trip", #"{"role":"user","content":"Where to?"}"#)
        #expect(first.output == "event 1", "\(first)")
        let receipt = try JSON(
            try await server.command(
                "log", "append", store, "ada/trip", #"[{"role":"assistant","content":"North."},{"x": 1.50}]"#, "--json"
            ).output)
        #expect(receipt["first"] == 2 && receipt["last"] == 3 && receipt["count"] == 2 && receipt["etag"].string != nil)
        let lines = try await server.command("log", "tail", store, "ada/trip").outputLines
        #expect(lines.count == 3 && lines[0].hasPrefix("1  ") && lines[0].hasSuffix("Z  user  Where to?"), "\(lines)")
        #expect(lines[2].hasSuffix(#"{"x": 1.50}"#))
        let two = try await server.command("log", "tail", store, "ada/trip", "-n", "2", "--json")
        #expect(two.output.contains(#""event":{"x": 1.50}"#), "\(two)")
        let page = try JSON(two.output)
        #expect(page["events"].items.map { $0["seq"] } == [2, 3] && page["count"] == 3 && page["previous"] == 2)
        let users = try await server.command("log", "tail", store, "ada/trip", "--role", "user")
        #expect(users.outputLines.count == 1)
        let before = try await server.command("log", "tail", store, "ada/trip", "--before", "3", "-n", "1")
        #expect(before.output.hasPrefix("2  "))
    }

    @Test("append lines from standard input, and only where a condition holds")
    func appendInput() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let pipe = { (arguments: String) in
            try await Tool.run(
                ["/usr/bin/env"] + (try server.clientEnvironment.map { "\($0.key)=\($0.value)" }) + [
                    "/bin/bash", "-c", #"printf '{"n":1}\n{"n":2}\n' | "$0" log append \#(arguments)"#,
                    try Larder.binary(),
                ])
        }
        #expect(try await pipe("\(store) ada/a - --if-empty").output == "events 1 to 2")
        let again = try await pipe("\(store) ada/a - --if-empty")
        #expect(again.ending == .exit(4) && again.output.isEmpty, "\(again)")
        let etag = try JSON(try await server.command("log", "tail", store, "ada/a", "--json").output)["etag"].string
        let tag = try #require(etag).replacing("\"", with: "")
        #expect(try await pipe("\(store) ada/a - --if-match \(tag)").output == "events 3 to 4")
        #expect(try await pipe("\(store) ada/a - --if-match \(tag)").ending == .exit(4))
        let bad = try await server.command("log", "append", store, "ada/a", "[1]")
        #expect(bad.ending != .exit(0) && !bad.errors.isEmpty, "\(bad)")
        #expect(try JSON(try await server.command("log", "tail", store, "ada/a", "--json").output)["count"] == 4)
    }

    @Test("list logs with their titles, newest first or by key")
    func list() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        try await append(store, "ada/a", Self.turn("user", "one"))
        try await append(store, "ada/b", Self.turn("user", "two"), Self.turn("assistant", "three"))
        try await append(store, "eve/c", Self.turn("user", "four"))
        expectStatus(
            try await server.send(
                .PATCH, "/v1/stores/\(store)/logs/ada/a", ["content-type": "application/merge-patch+json"],
                .text(#"{"title":"Norway"}"#)), 200)
        #expect(try await server.command("log", "list", store, "--by-key").outputLines == ["ada/a", "ada/b", "eve/c"])
        #expect(Set(try await server.command("log", "list", store, "ada/").outputLines) == ["ada/a", "ada/b"])
        #expect(try await server.command("log", "list", store, "--by-key", "--limit", "1").outputLines == ["ada/a"])
        let long = try await server.command("log", "list", store, "--by-key", "-l").outputLines
        #expect(long.count == 4 && long[1].hasSuffix("ada/a  Norway") && long[2].contains(" 2  "), "\(long)")
        let logs = try JSON(try await server.command("log", "list", store, "--by-key", "--json").output)["logs"].items
        #expect(logs.map { $0["count"] } == [1, 2, 1] && logs[0]["metadata"]["title"] == "Norway")
        #expect(logs[1]["lastEvent"]["event"]["content"] == "three")
    }

    @Test("watch a log from its newest events on")
    func watch() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        try await append(store, "ada/a", #"{"n":1}"#, #"{"n":2}"#)
        async let watched = server.command("log", "watch", store, "ada/a", "--tail", "1", "--count", "3", "--json")
        try await append(store, "ada/a", #"{"n":3}"#, #"{"n":4}"#, #"{"n":5}"#)
        let outcome = try await watched
        #expect(outcome.ending == .exit(0), "\(outcome)")
        let numbers = try outcome.outputLines.map { try JSON($0)["event"]["n"].int ?? 0 }
        // It begins with the newest one of the moment in which it connects.
        let first = try #require(numbers.first)
        #expect((2...3).contains(first) && numbers == Array(first..<first + 3), "\(outcome)")
    }

    @Test("forget events, or after a question the whole log")
    func forget() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        try await append(store, "ada/a", "[{},{},{},{},{}]")
        #expect(
            try await server.command("log", "forget", store, "ada/a", "--seq", "2,4").output == "2 events forgotten")
        #expect(
            try await server.command("log", "forget", store, "ada/a", "--before", "3").output == "1 event forgotten")
        let none = try await server.command("log", "forget", store, "ada/a", "--until", "2001-01-01", "--json")
        #expect(try JSON(none.output)["deleted"] == 0)
        let no = try await server.onTerminal("log", "forget", store, "ada/a", typing: "n\n")
        #expect(no.ending == .exit(1) && no.output.contains("Forget 'ada/a' of '\(store)' with 2 events?"), "\(no)")
        #expect(try await server.command("log", "tail", store, "ada/a").outputLines.count == 2)
        #expect(try await server.command("log", "forget", store, "ada/a").output == "2 events forgotten")
        #expect(try await server.command("log", "tail", store, "ada/a").ending == .exit(3))
        for arguments in [["--seq", "x"], ["--seq", ""], ["--seq", "1", "--before", "2"], ["--until", "5x"]] {
            let refused = try await server.command(["log", "forget", store, "ada/a"] + arguments)
            #expect(refused.ending == .exit(2), "\(refused)")
        }
    }

    @Test("say with exit code 3 that there is none, and refuse what is no log")
    func notThere() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        try await append(store, "ada/a", "{}")
        for arguments in [
            ["tail", store, "ada/b"], ["tail", store, "ada/b", "--json"], ["watch", store, "ada/b"],
            ["forget", store, "ada/b", "--yes"], ["forget", store, "ada/b", "--seq", "1"], ["list", Fresh.store()],
            ["list", store, "eve/"], ["list", Fresh.store(), "--json"],
        ] {
            let outcome = try await server.command(["log"] + arguments)
            #expect(outcome.ending == .exit(3) && outcome.output.isEmpty, "\(arguments): \(outcome)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(arguments): \(outcome)")
        }
        let refused = try await server.command("log", "append", Fresh.store(), "a", "{}", "--json")
        #expect(refused.ending == .exit(1), "\(refused)")
        #expect(try JSON(refused.errors)["error"]["code"] == "not_a_log")
    }

    @Test("do nothing to a terminal with what others wrote")
    func terminal() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let hostile = "a\u{1B}[31m\u{202E}b\u{9B}c\nd"
        try await append(store, "ada/\(hostile)", Self.turn("user\u{1B}[2J", hostile), Self.turn("x", hostile))
        for arguments in [
            ["tail", store, "ada/\(hostile)"], ["tail", store, "ada/\(hostile)", "--json"], ["list", store],
            ["list", store, "-l"], ["list", store, "--json"],
            ["watch", store, "ada/\(hostile)", "--count", "2"],
            ["watch", store, "ada/\(hostile)", "--count", "2", "--json"], ["tail", store, hostile],
            ["forget", store, "ada/\(hostile)"],
        ] {
            let outcome = try await server.onTerminal(["log"] + arguments, typing: "n\n")
            let harmful = outcome.output.unicodeScalars.filter { ["\u{1B}", "\u{202E}", "\u{9B}"].contains($0) }
            #expect(harmful.isEmpty && !outcome.output.isEmpty, "\(arguments): \(outcome.output.debugDescription)")
        }
    }
}
