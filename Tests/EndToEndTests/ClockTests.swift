import Foundation
import NIOHTTP1
import Testing

/// The server's clock jumps ahead and back between its runs.
@Suite("The clock", .ownServers)
struct ClockTests {
    @Test("A year ahead and back again: nothing is cleaned up, sequence numbers go on, and an ETag is the content's")
    func jumps() async throws {
        try await LarderProcess.with(["--cleanup-every", "1s", "--scrub-every", "off"]) { server in
            let run = ProgressRun(on: server, project: "p", run: "r")
            let etag = try await server.put(Native.entry("runs", "k"), "content").headers["etag"].first
            try requireStatus(try await server.put(Native.entry("things", "hour"), "x", ["larder-ttl": "1h"]), 201)
            let rounds: [(clock: String?, isAhead: Bool)] = [
                (nil, false), ("365d", true), ("-365d", false), (nil, false), ("6d", false),
            ]
            var appended = 0
            for (round, (clock, isAhead)) in rounds.enumerated() {
                try await server.restart(clock: clock)
                expectStatus(try await server.get(Native.entry("things", "hour")), isAhead || clock == "6d" ? 404 : 200)
                #expect(try await server.get(Native.entry("runs", "k")).headers["etag"].first == etag)
                #expect(
                    try await server.put(Native.entry("runs", "again\(round)"), "content").headers["etag"].first == etag
                )
                // What is written a year back is a year old in the next round, and its rule may take it then.
                if clock != "-365d" {
                    appended += 1
                    #expect(try await run.append(#"{"n":1}"#).json["first"] == .number(Double(appended)))
                }
                let looked = try await eventually {
                    isAhead
                        ? server.log.contains("no cleanup: the clock is in doubt")
                        : try await server.get("/v1/stores/things").json["removed"]["expired"]
                            == (clock == "6d" ? 1 : 0)
                }
                #expect(looked, "\(server.log)")
                #expect(try await server.get("/metrics").text.contains("larder_clock_in_doubt \(isAhead ? 1 : 0)\n"))
                #expect(try await server.get("/v1/stores/things").json["entries"] == (clock == "6d" ? 0 : 1))
            }
            let read = try await run.read()
            #expect(read["events"].items.compactMap { $0["seq"].int } == [1, 2, 3, 4], "\(read)\n\(server.log)")
        }
    }
}
