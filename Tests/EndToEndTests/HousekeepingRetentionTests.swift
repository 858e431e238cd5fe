import Foundation
import Testing

/// The mission's table (contract §3): what is removed when, seen through a shifted clock.
@Suite("Retention", .ownServers)
struct HousekeepingRetentionTests {
    /// A store and the days that its entries are kept; nil: for ever.
    private static let kept: [(store: String, days: Int?)] = [
        ("runs", 90), ("audio", 90), ("videos", nil), ("media", nil), ("evals", nil), ("default", nil),
        ("acme-runs", 90), ("acme-videos", nil),
        ("things", nil),
    ]

    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    @Test("Removed and kept exactly as the table says, and as the dry run said")
    func table() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            for days in [400, 91, 89, 31, 29] {
                try await server.restart(clock: "-\(days)d")
                for (store, _) in Self.kept {
                    try requireStatus(try await server.put(Native.entry(store, "day/\(days)"), "\(days)"), 201)
                }
                for store in ["progress", "acme-progress"] {
                    let run = ProgressRun(on: server, project: "p", run: "r\(days)")
                    try requireStatus(try await server.put(run.array(store), ProgressRun.json(1...3)), 200)
                }
                // A key of the store that its rule does not call a log has no time limit.
                try requireStatus(try await server.put(Native.entry("progress", "notes/\(days)"), "x"), 201)
            }
            // A run that went on counts from its last event.
            try requireStatus(try await ProgressRun(on: server, project: "p", run: "r400").append(#"{"n":4}"#), 200)
            // An entry that was written again counts from then.
            try requireStatus(try await server.put(Native.entry("runs", "day/400"), "again"), 200)
            try await server.restart()

            let dry = try await server.run("cleanup", #"{"dryRun":true,"keys":true}"#)
            let shown = Set(
                dry["keys"].items.compactMap { key in key["store"].string.map { $0 + "/" + (key["key"].string ?? "") } }
            )
            var expected: Set<String> = []
            for (store, limit) in Self.kept {
                for days in [400, 91] where limit == 90 && !(store == "runs" && days == 400) {
                    expected.insert("\(store)/day/\(days)")
                }
            }
            for days in [400, 91, 89, 31] {
                if days != 400 { expected.insert("progress/projects/p/runs/r\(days)/progress.json") }
                expected.insert("acme-progress/projects/p/runs/r\(days)/progress.json")
            }
            #expect(shown == expected)
            #expect(dry["removed"].int == expected.count)

            let real = try await server.run("cleanup")
            #expect(real["removed"] == dry["removed"])
            #expect(real["bytes"] == dry["bytes"])
            #expect(real["byStore"] == dry["byStore"])
            for (store, limit) in Self.kept {
                let left = [29, 31, 400, 89, 91].filter { limit == nil || $0 < 90 || (store == "runs" && $0 == 400) }
                    .map { "day/\($0)" }
                #expect(try await server.keys(store) == left, "\(store)")
            }
            #expect(
                try await server.keys("progress")
                    == ["notes/29", "notes/31", "notes/400", "notes/89", "notes/91"]
                    + [29, 400].map { "projects/p/runs/r\($0)/progress.json" })
            #expect(try await server.run("cleanup")["removed"] == 0)

            let stores = try await server.get("/v1/stores").json["stores"].items
            let runs = try #require(stores.first { $0["name"] == "runs" })
            #expect(runs["removed"]["cleanup"] == 1)
            #expect(runs["entries"] == 4)
            let metrics = try await server.get("/metrics").text
            #expect(metrics.contains("larder_removed_total{rule=\"cleanup\"} \(expected.count)\n"), "\(metrics)")
            #expect(server.log.contains("cleanup done"), "no audit line")
        }
    }

    @Test("A TTL that has passed is removed for good, in any store, and counted as expired")
    func ttl() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await server.restart(clock: "-2d")
            for (key, ttl) in [("gone", "1d"), ("stays", "7d")] {
                try requireStatus(try await server.put(Native.entry("videos", key), "x", ["larder-ttl": ttl]), 201)
            }
            try await server.restart()
            let dry = try await server.run("cleanup", #"{"dryRun":true}"#)
            #expect(dry["byStore"]["videos"]["rules"]["ttl"]["removed"] == 1)
            #expect(try await server.run("cleanup")["removed"] == 1)
            #expect(try await server.keys("videos") == ["stays"])
            #expect(try await server.get("/v1/stores/videos").json["removed"]["expired"] == 1)
            #expect(try await server.get("/v1/stores/videos").json["entries"] == 1)
        }
    }

    @Test("By store, by project, and older than; what is kept for ever goes only when it is named")
    func narrowed() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await server.restart(clock: "-10d")
            for store in ["runs", "videos", "things"] {
                for key in ["p/a", "pp/a", "projects/p/b"] {
                    try requireStatus(try await server.put(Native.entry(store, key), "x"), 201)
                }
            }
            try await server.restart()
            #expect(try await server.run("cleanup", #"{"dryRun":true}"#)["removed"] == 0)
            let unnamed = try await server.run("cleanup", #"{"dryRun":true,"olderThan":"5d"}"#)
            #expect(unnamed["byStore"].names == ["runs"])
            #expect(
                try await server.run("cleanup", #"{"dryRun":true,"olderThan":"11d","store":"runs"}"#)["removed"] == 0)
            let project = try await server.run("cleanup", #"{"olderThan":"5d","store":"runs","project":"p"}"#)
            #expect(project["removed"] == 2)
            #expect(try await server.keys("runs") == ["pp/a"])
            #expect(try await server.run("cleanup", #"{"olderThan":"5d","store":"videos"}"#)["removed"] == 3)
            #expect(try await server.keys("videos") == [])
            #expect(try await server.run("cleanup", #"{"olderThan":"5d","project":"p"}"#)["removed"] == 2)
            #expect(try await server.keys("things") == ["pp/a"])
        }
    }
}
