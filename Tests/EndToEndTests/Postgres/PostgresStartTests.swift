import Foundation
import NIOHTTP1
import PostgresTestSupport
import Testing

@Suite("Starting with the index on PostgreSQL", .ownServers, .sqliteOnly("they name their engines"))
struct PostgresStartTests {
    /// Starts a server that can't.
    private func refusal(
        _ url: String, _ more: String..., environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await TemporaryFolder.with { folder in
            let data = folder.appending("data")
            let outcome = try await Larder.run(
                ["serve", "--data", data, "--port", "0", "--index", url] + more, environment: environment,
                home: folder.path)
            #expect(outcome.ending == .exit(1), sourceLocation: sourceLocation)
            #expect(outcome.lines.count == 1, "\(outcome.lines)", sourceLocation: sourceLocation)
            #expect(!outcome.errors.contains("mistaken"), "no password is shown", sourceLocation: sourceLocation)
            let left = (try? Disk.names(in: data)) ?? []
            #expect(Set(left).isSubset(of: ["lock"]), "\(left)", sourceLocation: sourceLocation)
            return outcome.lines.first ?? ""
        }
    }

    @Test("A wrong password, a missing one, a database or a URL that there is not: one line each")
    func wrong() async throws {
        let server = try await blocking { try PostgresServer.shared.get() }
        #expect(try await refusal(server.url(password: "mistaken")).contains("password authentication failed"))
        #expect(try await refusal(server.url(password: nil)).contains("no password"))
        #expect(try await refusal(server.url("nowhere")).contains(#"database "nowhere" does not exist"#))
        #expect(try await refusal(server.url(schema: "nowhere"), "--accept-unsafe").contains("schema"))
        for url in ["mysql://larder@localhost/larder", "larder", "postgres://larder:mistaken@[::1/larder"] {
            #expect(try await refusal(url).contains("postgres://larder@localhost"))
        }
    }

    @Test("The password may come from PGPASSWORD")
    func environment() async throws {
        try await withSchema { server, schema in
            let arguments = ["--index", server.url(schema: schema, password: nil), "--accept-unsafe"]
            try await LarderProcess.with(arguments, environment: ["PGPASSWORD": PostgresServer.password]) { server in
                try requireStatus(try await server.put(Native.entry("things", "k"), "x"), 201)
            }
        }
    }

    @Test("A server that may lose what it confirmed, and a database that is not UTF-8, are refused")
    func unsafe() async throws {
        let server = try await blocking { try PostgresServer.shared.get() }
        #expect(try await refusal(server.url()).contains("has fsync off"))
        try await blocking {
            try server.sql("DROP DATABASE IF EXISTS latin")
            try server.sql("CREATE DATABASE latin OWNER larder ENCODING 'LATIN1' TEMPLATE template0")
        }
        #expect(try await refusal(server.url("latin"), "--accept-unsafe").contains("has the encoding LATIN1"))
    }

    @Test("With TLS a server whose certificate is known serves; another's is refused in a line")
    func tls() async throws {
        let server = try await blocking { try PostgresServer(["fsync=off"]) }
        let certificate = try await blocking {
            try server.sql(
                """
                COPY (SELECT 1) TO PROGRAM 'umask 077; openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost
                    -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt 2>/dev/null'
                """)
            try server.sql("ALTER SYSTEM SET ssl = on")
            try server.sql("SELECT pg_reload_conf()")
            return try server.sql("SELECT pg_read_file('server.crt')")
        }
        try await TemporaryFolder.with { folder in
            let known = folder.appending("server.crt")
            try Data(certificate.utf8).write(to: URL(fileURLWithPath: known))
            let secure = server.url().replacing("127.0.0.1", with: "localhost") + "?sslmode=verify-full"
            let url = "\(secure)&sslrootcert=\(known)"
            try await LarderProcess.with(["--index", url, "--accept-unsafe"]) { larder in
                try requireStatus(try await larder.put(Native.entry("things", "k"), "x"), 201)
                let users =
                    "SELECT COUNT(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'larder'"
                let plain = try await blocking { try server.sql(users + " AND NOT ssl") }
                #expect(plain == "0")
                #expect(try await blocking { try server.sql(users + " AND ssl") } != "0")
            }
            // Made for another name, and not known at all.
            #expect(try await refusal(url.replacing("localhost", with: "127.0.0.1")).contains("certificate"))
            let none = folder.appending("none.crt")
            try Data(certificate.utf8.reversed()).write(to: URL(fileURLWithPath: none))
            #expect(try await refusal("\(secure)&sslrootcert=\(none)").contains("certificate"))
        }
    }

    @Test("A connection pooler before the server is refused, for however long it gives a client a connection to itself")
    func pooler() async throws {
        let server = try await blocking { try PostgresServer(["fsync=off"]) }
        for mode in ["session", "transaction", "statement"] {
            let port = try await blocking { try server.startPooler(mode) }
            let said = try await refusal(server.url(port: port), "--accept-unsafe")
            #expect(said.contains("127.0.0.1:\(port)/larder is a connection pooler"), "\(mode): \(said)")
        }
    }

    @Test("A database that a newer larder wrote is refused and stays as it is")
    func newer() async throws {
        try await withSchema { server, schema in
            let arguments = ["--index", server.url(schema: schema), "--accept-unsafe"]
            try await LarderProcess.with(arguments) { larder in
                try #require(try await larder.stop() == .exit(0))
                _ = try await blocking {
                    try server.sql("INSERT INTO \(schema).larder_schema VALUES (2100, '2100-of-the-future')")
                }
                #expect(try await refusal(server.url(schema: schema), "--accept-unsafe").contains("newer larder"))
                _ = try await blocking { try server.sql("DELETE FROM \(schema).larder_schema WHERE number = 2100") }
                try await larder.start()
            }
        }
    }

    @Test("A database that can't be reached yet is waited for; meanwhile the port answers 503, and /healthz 200")
    func waiting() async throws {
        let postgres = try await blocking { try PostgresServer() }
        try await blocking { try postgres.crash() }
        try await TemporaryFolder.with { folder in
            let port = try PostgresServer.freePort()
            let child = try await Larder.start(
                ["serve", "--data", folder.appending("data"), "--port", "\(port)", "--index", postgres.url()],
                home: folder.path)
            do {
                let said = try await within(.seconds(30), "the line") {
                    await child.errors.line { $0.contains("waiting for the database") }
                }
                #expect(said != nil)
                try await within(.seconds(30), "/healthz") {
                    while try await Self.status("/healthz", port) != 200 {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                #expect(try await Self.status("/readyz", port) == 503)
                #expect(try await Self.status("/v1/stores", port) == 503)
                try await blocking { try postgres.start() }
                let line = try await within(.seconds(60), "the start") {
                    await child.output.line { $0.contains("listening on http") }
                }
                #expect(line?.contains(":\(port)") == true)
                #expect(try await Self.status("/readyz", port) == 200)
            } catch {
                await child.destroy()
                throw error
            }
            child.send(SIGTERM)
            let ending = try await within(.seconds(30), "the end") { await child.ending.wait() }
            #expect(ending == .exit(0))
        }
    }

    /// nil: nothing listens.
    private static func status(_ target: String, _ port: Int) async throws -> Int? {
        let request = Request(method: .GET, target: target, headers: ["host": "127.0.0.1:\(port)"])
        return try? await Wire.send(request, to: port).status
    }
}
