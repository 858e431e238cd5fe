import Foundation
import Testing

/// Contract §2, promise 1: a failed fsync fails the write, and nothing is written any more until a restart.
@Suite(
    "A disk that fails to keep what it is told", .ownServers, .sqliteOnly("the database has its own disk"),
    .enabled(if: FailingDisk.isPossible, "no strace, or it may not trace here"))
struct SyncFailureTests {
    @Test("The write is refused, so is every later one, reads go on, and a restart has all that was acknowledged")
    func refused() async throws {
        try await LarderProcess.with(wrapper: FailingDisk.wrapper) { server in
            func target(_ index: Int) -> String { Netlify.edge("things", "k\(index)") }
            var stored = 0
            var refusal: Reply?
            while refusal == nil, stored < 200 {
                let reply = try await server.put(target(stored), "value \(stored)")
                if reply.status == 200 { stored += 1 } else { refusal = reply }
            }
            try expectError(try #require(refusal, "\(stored) writes went through"), 503, code: "read_only")
            #expect(stored > 5)
            for index in [stored, stored + 1, 0] {
                try expectError(try await server.put(target(index), "later"), 503, code: "read_only")
            }
            try expectError(try await server.put(target(900), Bytes.noise(200_000, seed: 1)), 503, code: "read_only")
            try expectError(try await server.delete(target(0)), 503, code: "read_only")
            for index in 0..<stored { #expect(try await server.get(target(index)).text == "value \(index)") }
            expectStatus(try await server.get("/readyz"), 503)
            expectStatus(try await server.get("/healthz"), 200)

            try await server.restart()
            for index in 0..<stored { #expect(try await server.get(target(index)).text == "value \(index)") }
            expectStatus(try await server.get(target(stored + 1)), 404)
            expectStatus(try await server.put(target(stored + 1), "again"), 200)
        }
    }

    /// SQLite undoes the change to WAL mode then, and would go on in another mode.
    @Test(
        "A sync that fails while the index is made: no server without a write-ahead log", arguments: [1, 3, 4, 5, 7, 8])
    func firstStart(_ nth: Int) async throws {
        do {
            try await LarderProcess.with(wrapper: FailingDisk.wrapper(call: "fdatasync", when: "\(nth)")) { server in
                let header = try Disk.read(server.data + "/index.sqlite")
                #expect(Array(header[18..<20]) == [2, 2], "it serves an index whose file format is not WAL")
            }
        } catch let failure as LarderProcess.Failure {
            #expect(failure.description.contains("can't open the index"), "\(failure)")
        }
    }
}

/// strace makes every fsync and fdatasync of a thread fail from its 35th on: the start needs fewer, the writer soon has
/// as many.
enum FailingDisk {
    static let wrapper = wrapper(call: "fsync,fdatasync", when: "35+")

    static func wrapper(call: String, when: String) -> [String] {
        [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
            "inject=\(call):error=EIO:when=\(when)",
        ]
    }

    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["strace", "-f", "-qq", "-o", "/dev/null", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
