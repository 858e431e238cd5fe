import PostgresTestSupport
import S3TestSupport
import Testing

/// The recorded pipeline on a database and a bucket, both of which it stays with when either program starts again.
@Suite(
    "The recorded runs play on PostgreSQL and a bucket", .ownServers,
    .postgresOnly("SQLite is no server that could be restarted"),
    .enabled(if: Replay.isThere, "../shared/trace/replay.py is not beside the package"))
struct PostgresReplayTests {
    @Test("Several at once, after a restart of Larder, and after a crash of PostgreSQL that Larder lived through")
    func restarts() async throws {
        let postgres = try await blocking { try PostgresServer(["fsync=off"]) }
        let bucket = try await S3TestServer.shared.makeBucket()
        let arguments = ["--index", postgres.url(), "--objects", bucket.address, "--accept-unsafe"]
        try await LarderProcess.with(arguments, environment: BucketKeys.right) { server in
            let parallel = ["--runs", "4", "--parallel", "4"]
            try await Replay.play("run.jsonl", parallel, on: server)
            try await server.restart()
            try await Replay.play("run.jsonl", parallel, on: server)
            let before = try await server.get("/v1/stores").json
            try await blocking { try postgres.crash() }
            try await server.untilAway()
            try await blocking { try postgres.start() }
            try await server.untilReady()
            #expect(try await server.get("/v1/stores").json == before)
            for trace in ["run.jsonl", "progress.jsonl", "failed.jsonl", "crash.jsonl"] {
                try await Replay.play(trace, on: server)
            }
            let verified = try await server.run("verify", within: .seconds(180))
            #expect(verified["corrupt"] == 0 && verified["missing"] == 0, "\(verified)")
        }
    }
}
