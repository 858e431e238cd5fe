import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("The history of the server's health")
struct HealthHistoryTests {
    private static func reading(
        _ second: Int64, requests: Int64 = 0, _ times: [Int: Int64] = [:], queue: Int = 0
    ) -> HealthHistory.Reading {
        let nothing = Histogram.Snapshot(counts: Histogram.secondsBounds.map { _ in 0 } + [0], sum: 0)
        var seconds = nothing
        for (bucket, count) in times { seconds.counts[bucket] = count }
        return HealthHistory.Reading(
            at: Timestamp(milliseconds: second * 1000), instant: origin + .seconds(second), requests: requests,
            refused: 0, failed: 0, bytesIn: requests * 10, bytesOut: 0, requestSeconds: seconds, commitSeconds: nothing,
            queue: queue, followers: 0, freeBytes: 5)
    }
    private static let origin = ContinuousClock.Instant.now

    @Test("has what came between two readings, a second, and the state at their end")
    func points() throws {
        let history = HealthHistory()
        history.note(Self.reading(0, requests: 100, [4: 100]))
        #expect(history.points(upTo: Self.reading(0, requests: 100, [4: 100])).isEmpty)
        history.note(Self.reading(60, requests: 160, [4: 100, 5: 60], queue: 3))
        let points = history.points(upTo: Self.reading(70, requests: 165, [4: 100, 5: 60, 6: 5]))
        #expect(points.map(\.requests) == [1, 0.5])
        #expect(points.map(\.bytesIn) == [10, 5])
        #expect(points.map(\.queue) == [3, 0])
        #expect(points.map(\.at.milliseconds) == [60_000, 70_000])
        // Of what came in that minute alone, not of all since the start.
        #expect(try #require(points[0].median) > Histogram.secondsBounds[4])
        #expect(try #require(points[0].slow) <= Histogram.secondsBounds[5])
        #expect(try #require(points[1].median) > Histogram.secondsBounds[5])
        #expect(points[0].commit == nil, "there was none")
    }

    @Test("goes back a day, and no further")
    func bound() {
        let history = HealthHistory()
        for minute in 0...Int64(HealthHistory.pointsMax) + 10 { history.note(Self.reading(minute * 60)) }
        let points = history.points(upTo: Self.reading(0))
        #expect(points.count == HealthHistory.pointsMax)
        #expect(points.first?.at == Timestamp(milliseconds: 11 * 60_000))
    }

    @Test("above the last bound tells that bound")
    func above() {
        let bounds = [1.0, 2.0]
        #expect(Histogram.Snapshot(counts: [0, 0, 4], sum: 40).quantile(0.5, bounds) == 2)
        #expect(Histogram.Snapshot(counts: [2, 2, 0], sum: 5).quantile(0.5, bounds) == 1)
        #expect(Histogram.Snapshot(counts: [0, 0, 0], sum: 0).quantile(0.5, bounds) == nil)
    }

    @Test("is read by who may read everything, the last point of this moment")
    func page() async throws {
        try await Bench.with { bench in
            bench.context.health.note(HealthHistory.Reading(bench.context))
            _ = try await bench.slow(head(.GET, "/version"))
            let answer = try await bench.slow(head(.GET, "/v1/health"))
            #expect(answer.status == 200)
            let points = try #require(answer.json?["points"] as? [[String: Any]])
            #expect(points.count == 1 && points[0]["freeBytes"] is Int)
            #expect(try await bench.slow(head(.GET, "/v1/health", token: nil)).status == 401)
        }
    }
}
