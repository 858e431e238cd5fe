import Foundation
import Testing

/// Contract §5, the commands of issue 2 and the exit codes.
@Suite("The command line", .server)
struct CommandLineTests {
    /// Runs a command against the suite's server, as a shell script would.
    private func larder(_ arguments: String..., environment: [String: String] = [:]) async throws -> Larder.Outcome {
        let server = try server
        var variables = ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token]
        variables.merge(environment) { _, new in new }
        return try await Larder.run(arguments, environment: variables, home: server.folder.path)
    }

    private func expectExit(_ outcome: Larder.Outcome, _ code: Int32, sourceLocation: SourceLocation = #_sourceLocation)
    {
        #expect(
            outcome.ending == .exit(code), "stdout: \(outcome.output)\nstderr: \(outcome.errors)",
            sourceLocation: sourceLocation)
        // A failure is told on standard error, in few lines and without a stack trace.
        if code != 0 {
            #expect(
                (1...12).contains(outcome.errors.split(separator: "\n").count), "\(outcome.errors)",
                sourceLocation: sourceLocation)
        }
    }

    private func file(_ content: [UInt8]) throws -> String {
        let path = try server.folder.appending(Fresh.name("file-"))
        try Disk.write(content, to: path)
        return path
    }

    @Test(
        "put, stat, get and rm carry a file there and back",
        arguments: [Content.noise(0), .prose(100), .noise(300_000)])
    func roundTrip(_ made: Content) async throws {
        let store = Fresh.store()
        let source = try file(made.bytes)
        expectExit(
            try await larder("put", store, "a b/c", source, "--type", "text/css", "--meta", "who=me", "--meta", "n=1"),
            0)
        let stored = try await server.get(Netlify.edge(store, "a%20b/c"))
        #expect(stored.fingerprint == made.bytes.fingerprint)
        #expect(stored.header("content-type") == "text/css")
        #expect(try Netlify.metadata(of: stored)?["who"] == "me")

        let stat = try await larder("stat", store, "a b/c", "--json")
        expectExit(stat, 0)
        let entry = try JSON(stat.output)
        #expect(entry["key"] == "a b/c")
        #expect(entry["size"].int == made.bytes.count)
        #expect(entry["etag"].string == stored.etag)

        let target = try server.folder.appending(Fresh.name("out-"))
        expectExit(try await larder("get", store, "a b/c", "-o", target), 0)
        #expect(try Disk.read(target).fingerprint == made.bytes.fingerprint)

        expectExit(try await larder("rm", store, "a b/c"), 0)
        expectStatus(try await server.get(Netlify.edge(store, "a%20b/c")), 404)
    }

    @Test("get writes to standard output, and nothing else does")
    func standardOutput() async throws {
        let store = Fresh.store()
        expectExit(try await larder("put", store, "k", try file(Array("line one\nline two".utf8))), 0)
        let got = try await larder("get", store, "k")
        expectExit(got, 0)
        #expect(got.output == "line one\nline two")
    }

    @Test("ls lists stores, keys and what starts with a prefix")
    func list() async throws {
        let store = Fresh.store()
        let source = try file([1])
        for key in ["a/1", "a/2", "b"] { expectExit(try await larder("put", store, key, source), 0) }
        let stores = try await larder("ls")
        expectExit(stores, 0)
        #expect(stores.output.contains(store))
        let recursive = try await larder("ls", store, "-r")
        expectExit(recursive, 0)
        for key in ["a/1", "a/2", "b"] { #expect(recursive.output.contains(key)) }
        let prefixed = try await larder("ls", store, "a/")
        expectExit(prefixed, 0)
        #expect(prefixed.output.contains("a/1"))
        #expect(!prefixed.output.split(separator: "\n").contains { $0.hasSuffix("b") })
        let json = try await larder("ls", store, "-r", "--json")
        expectExit(json, 0)
        #expect(json.output.contains("\"a/1\""))
    }

    @Test("rm --prefix deletes what starts with it")
    func removePrefix() async throws {
        let store = Fresh.store()
        for key in ["images/1", "images/2", "images2/1"] {
            try requireStatus(try await server.put(Netlify.edge(store, key), "x"), 200)
        }
        expectExit(try await larder("rm", store, "--prefix", "images/"), 0)
        #expect(
            try await server.get(Native.entries(store)).json["entries"].items.map { $0["key"].string } == ["images2/1"])
    }

    @Test("A TTL is passed on")
    func ttl() async throws {
        let store = Fresh.store()
        expectExit(try await larder("put", store, "k", try file([1]), "--ttl", "24h"), 0)
        #expect(try await server.get(Native.entries(store)).json["entries"][0]["expiresAt"].string != nil)
    }

    // MARK: Exit codes

    @Test(
        "2: a command used wrongly",
        arguments: [["nonsense"], ["put"], ["get", "store"], ["put", "s", "k", "--no-such-option"]])
    func usage(_ arguments: [String]) async throws {
        let outcome = try await Larder.run(arguments, home: try server.folder.path)
        #expect(outcome.ending == .exit(2), "\(outcome.output) \(outcome.errors)")
    }

    @Test("3: nothing there", arguments: [["get"], ["stat"], ["rm"]])
    func notFound(_ command: [String]) async throws {
        expectExit(try await larder(command[0], Fresh.store(), "missing"), 3)
    }

    @Test("4: a condition that does not hold")
    func precondition() async throws {
        let store = Fresh.store()
        let source = try file([1])
        expectExit(try await larder("put", store, "k", source, "--if-new"), 0)
        expectExit(try await larder("put", store, "k", source, "--if-new"), 4)
        expectExit(try await larder("put", store, "k", source, "--if-match", "\"no\""), 4)
    }

    @Test("5: a token that opens nothing")
    func unauthorized() async throws { expectExit(try await larder("ls", environment: ["LARDER_TOKEN": "wrong"]), 5) }

    @Test("6: over a limit")
    func tooLarge() async throws {
        expectExit(try await larder("put", Fresh.store("evals"), "k", try file(Bytes.noise(1_001))), 6)
    }

    @Test("7: no server")
    func unreachable() async throws {
        // Port 1 is nobody's.
        expectExit(try await larder("ls", environment: ["LARDER_URL": "http://127.0.0.1:1"]), 7)
    }

    // MARK: For other clients

    @Test("env prints what points the Netlify client here")
    func environment() async throws {
        let outcome = try await larder("env", "--site", "tenant-e")
        expectExit(outcome, 0)
        let value = try #require(
            outcome.output.firstMatch(of: /NETLIFY_BLOBS_CONTEXT=['"]?([A-Za-z0-9+\/=]+)['"]?/)?.1, "\(outcome.output)")
        let context = try JSON(parsing: try #require(Data(base64Encoded: String(value))))
        #expect(context["siteID"] == "tenant-e")
        #expect(context["edgeURL"].string == (try server.url))
        #expect(context["uncachedEdgeURL"].string == (try server.url))
        let token = try #require(context["token"].string)
        expectStatus(try await server.put("/tenant-e/site:things/k", "x", as: .bearer(token)), 200)
    }

    @Test("The token is found in the data directory")
    func tokenFromData() async throws {
        let server = try server
        let outcome = try await Larder.run(
            ["ls"], environment: ["LARDER_URL": try server.url, "LARDER_DATA": server.data], home: server.folder.path)
        expectExit(outcome, 0)
    }

    @Test("stats tells of the stores")
    func stats() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "k"), "x"), 200)
        let outcome = try await larder("stats")
        expectExit(outcome, 0)
        #expect(outcome.output.contains(store))
        let json = try await larder("stats", "--json")
        expectExit(json, 0)
        #expect(try JSON(json.output).isNull == false)
    }
}
