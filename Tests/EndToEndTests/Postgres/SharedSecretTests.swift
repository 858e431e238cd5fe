import Foundation
import NIOHTTP1
import PostgresTestSupport
import Testing

@Suite("Secrets with the index on PostgreSQL", .ownServers, .sqliteOnly("they name their engines"))
struct SharedSecretTests {
    private func sign(_ server: LarderProcess) async throws -> String {
        let reply = try await server.send(.POST, "/v1/sign", [:], .text(#"{"store":"media","key":"a"}"#))
        try requireStatus(reply, 200)
        return try Netlify.target(of: reply, at: server)
    }

    private func expectNoKeyFiles(_ server: LarderProcess) throws {
        #expect(try Disk.names(in: server.data).allSatisfy { !$0.hasPrefix("signing.key") })
    }

    @Test("are in it: another data directory gets the same admin token, a copy for its owner only, and links go on")
    func shared() async throws {
        try await withSchema { postgres, schema in
            let arguments = ["--index", postgres.url(schema: schema), "--accept-unsafe"]
            var admin = "", link = ""
            try await LarderProcess.with(arguments) { server in
                expectStatus(try await server.put(Native.entry("media", "a"), "x"), 201)
                (admin, link) = (try server.token, try await sign(server))
                #expect(try Disk.mode(server.data + "/admin.token") == 0o600)
                try expectNoKeyFiles(server)
                try await server.stop()
            }
            try await LarderProcess.with(arguments) { server in
                #expect(try server.token == admin)
                #expect(try await server.get(link, as: .nobody).text == "x")
                // A copy that was lost or changed is made again.
                try await server.stop()
                try Disk.write(Array("something else that is long".utf8), to: server.data + "/admin.token")
                try await server.start()
                #expect(try server.token == admin)
            }
        }
    }

    @Test("are rolled and rotated there, across restarts; the copy is the new one")
    func rotated() async throws {
        try await LarderProcess.withPostgres { server in
            expectStatus(try await server.put(Native.entry("media", "a"), "x"), 201)
            let old = try server.token
            let kept = try await sign(server)
            try requireStatus(try await server.send(.POST, "/v1/admin/signing-key/rotate"), 200)
            let rolled = try await server.send(.POST, "/v1/admin/tokens/admin/roll")
            try requireStatus(rolled, 200)
            #expect(try rolled.json["token"].string == server.token)
            let new = try await sign(server)
            for _ in 0..<2 {
                #expect(try server.token != old)
                expectStatus(try await server.get("/v1/stores", as: .bearer(old)), 401)
                expectStatus(try await server.get("/v1/stores"), 200)
                for link in [kept, new] { #expect(try await server.get(link, as: .nobody).text == "x") }
                try expectNoKeyFiles(server)
                try await server.restart()
            }
            let body = #"{"keepOld":"0s"}"#
            try requireStatus(try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(body)), 200)
            try await server.restart()
            for link in [kept, new] { try expectError(try await server.get(link, as: .nobody), 403) }
        }
    }

    @Test("of a data directory are taken over by an index that has none, and one that is too short is refused")
    func takenOver() async throws {
        try await withSchema { postgres, schema in
            let arguments = ["--index", postgres.url(schema: schema), "--accept-unsafe"]
            try await LarderProcess.with { server in
                expectStatus(try await server.put(Native.entry("media", "a"), "x"), 201)
                let admin = try server.token
                let key = try String(contentsOfFile: server.data + "/signing.key", encoding: .utf8)
                try await server.stop()
                try Disk.write(Array("short".utf8), to: server.data + "/signing.key")
                let refused = try await Larder.run(
                    ["serve", "--data", server.data, "--port", "0"] + arguments, home: server.folder.path)
                #expect(refused.ending == .exit(1) && refused.errors.contains("too short"), "\(refused)")
                try Disk.write(Array(key.utf8), to: server.data + "/signing.key")
                try await server.start(adding: arguments)
                #expect(try server.token == admin)
                try expectNoKeyFiles(server)
                let kept = try await blocking {
                    try postgres.sql(
                        "SELECT convert_from(value, 'UTF8') FROM \(schema).facts WHERE name = 'secret.signing'")
                }
                #expect(kept == key.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
    }
}
