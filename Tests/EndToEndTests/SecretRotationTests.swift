import Foundation
import NIOHTTP1
import Testing

/// New secrets in the place of old ones, and what the old ones still open.
@Suite("Secrets that are replaced", .ownServers)
struct SecretRotationTests {
    private func sign(_ server: LarderProcess, _ body: String) async throws -> String {
        let reply = try await server.send(.POST, "/v1/sign", [:], .text(body))
        try requireStatus(reply, 200)
        return try Netlify.target(of: reply, at: server)
    }

    @Test("A rolled admin token is out at once, with its sessions and streams; the new one is in the file and works")
    func rollAdmin() async throws {
        try await LarderProcess.with { server in
            let old = try server.token
            let session = try await ConsoleSession.begin(on: server)
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...1)
            try await server.follow(run.target, as: .bearer(old)) { stream in
                _ = try await stream.nextEvent()
                _ = try await stream.nextEvent()
                let reply = try await server.send(.POST, "/v1/admin/tokens/admin/roll")
                try requireStatus(reply, 200)
                let new = try #require(try reply.json["token"].string)
                #expect(new != old && new.count == 64)
                #expect(try server.token == new)
                expectStatus(try await server.get("/v1/stores", as: .bearer(old)), 401)
                expectStatus(try await server.get("/v1/stores", as: .bearer(new)), 200)
                expectStatus(try await session.send(.GET, "/v1/stores"), 401)
                #expect(try await stream.nextEvent() == nil)
            }
            let file = server.data + "/admin.token"
            #expect(try Disk.mode(file) == 0o600)
            #expect(try Disk.names(in: server.data).contains("admin.token.new") == false)
            try await server.restart()
            expectStatus(try await server.get("/v1/stores", as: .bearer(old)), 401)
            expectStatus(try await server.get("/v1/stores"), 200)
        }
    }

    @Test("The command rolls it, and finds the new one by itself")
    func command() async throws {
        try await LarderProcess.with { server in
            let old = try server.token
            let base = ["--url", try server.url, "--data", server.data]
            let rolled = try await Larder.run(["token", "roll-admin"] + base, home: server.folder.path)
            #expect(rolled.ending == .exit(0), "\(rolled)")
            let new = try server.token
            #expect(rolled.lines == [new] && new != old)
            expectStatus(try await server.get("/v1/stores", as: .bearer(old)), 401)
            let listed = try await Larder.run(["token", "list"] + base, home: server.folder.path)
            #expect(listed.ending == .exit(0), "\(listed)")
            let refused = try await Larder.run(["token", "list", "--token", old] + base, home: server.folder.path)
            #expect(refused.ending == .exit(5), "\(refused)")
        }
    }

    @Test("Links of a rotated key work until their key's time, and across restarts")
    func rotated() async throws {
        try await LarderProcess.with { server in
            try requireStatus(try await server.put(Native.entry("media", "a"), "x"), 201)
            let old = try await sign(server, #"{"store":"media","key":"a","expiresIn":"20d"}"#)
            let before = try await server.signingKey()
            let reply = try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"2d"}"#))
            try requireStatus(reply, 200)
            #expect(try reply.json["oldValidUntil"].string?.hasSuffix("Z") == true)
            let new = try await sign(server, #"{"store":"media","key":"a","expiresIn":"20d"}"#)
            #expect(try await server.signingKey() != before)
            if TestEngine.current == .sqlite { #expect(try Disk.mode(server.data + "/signing.key.older") == 0o600) }
            for _ in 0..<2 {
                for link in [old, new] { #expect(try await server.get(link, as: .nobody).text == "x") }
                try await server.restart(clock: "1d")
            }
            try await server.restart(clock: "3d")
            try expectError(try await server.get(old, as: .nobody), 403)
            #expect(try await server.get(new, as: .nobody).text == "x")
            // What has run out is not read back to life by another rotation.
            try requireStatus(try await server.send(.POST, "/v1/admin/signing-key/rotate"), 200)
            try expectError(try await server.get(old, as: .nobody), 403)
            #expect(try await server.get(new, as: .nobody).text == "x")
        }
    }

    @Test("Nothing is kept where nothing is to be kept")
    func cut() async throws {
        try await LarderProcess.with { server in
            try requireStatus(try await server.put(Native.entry("media", "a"), "x"), 201)
            let old = try await sign(server, #"{"store":"media","key":"a"}"#)
            let outcome = try await Larder.run(
                ["sign", "--rotate-key", "--keep-old", "0s", "--json", "--url", try server.url, "--data", server.data],
                home: server.folder.path)
            #expect(outcome.ending == .exit(0), "\(outcome)")
            try expectError(try await server.get(old, as: .nobody), 403)
            let new = try await sign(server, #"{"store":"media","key":"a"}"#)
            #expect(try await server.get(new, as: .nobody).text == "x")
        }
    }

    @Test(
        "A rotation that can't be meant changes nothing",
        arguments: [#"{"keepOld":"31d"}"#, #"{"keepOld":"soon"}"#, #"{"keepOld":24}"#, #"{"keep":"1d"}"#, "[]"])
    func refused(_ body: String) async throws {
        try await LarderProcess.with { server in
            let before = try await server.signingKey()
            try expectError(try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(body)), 400, 422)
            #expect(try await server.signingKey() == before)
            try expectError(try await server.get("/v1/admin/signing-key/rotate"), 405)
            try expectError(try await server.get("/v1/admin/tokens/admin/roll"), 405)
        }
    }

    @Test("A secret that the environment gives is not rotated here")
    func environment() async throws {
        try await LarderProcess.with(environment: ["LARDER_SIGNING_SECRET": "from outside of here"]) { server in
            let reply = try await server.send(.POST, "/v1/admin/signing-key/rotate")
            try expectError(reply, 409, code: "conflict")
            #expect(reply.text.contains("LARDER_SIGNING_SECRET"))
            #expect(!Disk.isFile(server.data + "/signing.key"))
        }
    }

    @Test("A file of older keys that can't be read is named at the start", .sqliteOnly("secrets are in the index"))
    func damaged() async throws {
        try await LarderProcess.with { server in
            try await server.stop()
            try Disk.write(Array("nonsense\n".utf8), to: server.data + "/signing.key.older")
            let outcome = try await Larder.run(
                ["serve", "--data", server.data, "--port", "0"], home: server.folder.path)
            #expect(outcome.ending == .exit(1))
            #expect(outcome.lines.count == 1 && outcome.errors.contains("signing.key.older"), "\(outcome)")
        }
    }
}
