import LarderModel
import Testing

@testable import Snapshots

@Suite("The name of a snapshot")
struct SnapshotNameTests {
    @Test("is read back")
    func roundTrip() throws {
        let name = SnapshotName(
            createdAt: Timestamp(milliseconds: 1_795_759_200_123), larder: "5f0c9a1be2d34477", id: "c0ffee42")
        let read = try #require(SnapshotName(name.text))
        #expect(read == name)
        #expect(read.createdAt.milliseconds % 1_000 == 0)
        #expect(name.text.hasSuffix("Z-5f0c9a1be2d34477-c0ffee42"))
    }

    @Test("is in UTC, to the second, without a colon")
    func text() throws {
        let moment = try #require(Timestamp(iso8601: "2026-11-27T06:00:00Z"))
        let name = SnapshotName(createdAt: moment, larder: "5f0c9a1be2d34477", id: "c0ffee42")
        #expect(name.text == "2026-11-27T06-00-00Z-5f0c9a1be2d34477-c0ffee42")
    }

    @Test(
        "is none",
        arguments: [
            "", "2026-11-27T06-00-00Z", "2026-11-27T06-00-00Z-5f0c9a1be2d34477", "latest",
            "2026-11-27T06-00-00Z-5F0C9A1BE2D34477-c0ffee42", "2026-11-27T06-00-00Z-5f0c9a1be2d34477-c0ffee4",
            "2026-13-27T06-00-00Z-5f0c9a1be2d34477-c0ffee42", "2026-11-27T06:00:00Z-5f0c9a1be2d34477-c0ffee42",
            "2026-11-27T06-00-00Z-5f0c9a1be2d34477-c0ffee42-", "../2026-11-27T06-00-00Z-5f0c9a1be2d34477-c0ffee42",
        ])
    func refused(text: String) { #expect(SnapshotName(text) == nil) }

    @Test("of one Larder is never of the same second, and goes by the clock where that is far behind")
    func next() throws {
        let larder = "5f0c9a1be2d34477"
        let first = SnapshotName.new(at: Timestamp(milliseconds: 100_500), larder: larder, behind: nil)
        #expect(first.createdAt == Timestamp(milliseconds: 100_000) && first.larder == larder)
        let second = SnapshotName.new(at: Timestamp(milliseconds: 100_900), larder: larder, behind: first)
        #expect(second.createdAt == Timestamp(milliseconds: 101_000) && first < second)
        let back = SnapshotName.new(at: Timestamp(milliseconds: 60_000), larder: larder, behind: second)
        #expect(back.createdAt == Timestamp(milliseconds: 102_000))
        let far = SnapshotName.new(at: Timestamp(milliseconds: 30_000), larder: larder, behind: second)
        #expect(far.createdAt == Timestamp(milliseconds: 30_000))
    }

    @Test("orders by time")
    func order() {
        let older = SnapshotName(createdAt: Timestamp(milliseconds: 5_000), larder: "ffffffffffffffff", id: "ffffffff")
        let newer = SnapshotName(createdAt: Timestamp(milliseconds: 6_000), larder: "0000000000000000", id: "00000000")
        #expect(older < newer)
    }
}

@Suite("Which snapshots are kept")
struct SnapshotRetentionTests {
    /// One at each of these times, an ID each.
    private func names(_ times: [String]) throws -> [SnapshotName] {
        try times.enumerated().map { number, time in
            SnapshotName(
                createdAt: try #require(Timestamp(iso8601: time)), larder: "5f0c9a1be2d34477",
                id: String(repeating: "\(number)", count: 8))
        }
    }

    private func kept(_ times: [String], last: Int, daily: Int) throws -> Set<String> {
        Set(SnapshotRetention(last: last, daily: daily).kept(of: try names(times)).map { String($0.id.prefix(1)) })
    }

    private static let week = [
        "2026-11-20T01:00:00Z", "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z", "2026-11-24T12:00:00Z",
        "2026-11-24T13:00:00Z",
    ]

    @Test("are the last so many")
    func last() throws {
        #expect(try kept(Self.week, last: 2, daily: 0) == ["3", "4"])
        #expect(try kept(Self.week, last: 9, daily: 0) == ["0", "1", "2", "3", "4"])
    }

    @Test("are the last of each of so many days on which there was one, in UTC")
    func daily() throws {
        #expect(try kept(Self.week, last: 0, daily: 2) == ["2", "4"])
        #expect(try kept(Self.week, last: 0, daily: 3) == ["1", "2", "4"])
    }

    @Test("are those that either keeps")
    func united() throws { #expect(try kept(Self.week, last: 2, daily: 3) == ["1", "2", "3", "4"]) }

    @Test("are never none, and order does not matter")
    func never() throws {
        #expect(try kept(Self.week, last: 0, daily: 0) == ["4"])
        #expect(try kept(Self.week.reversed(), last: 1, daily: 0) == ["0"])
        #expect(SnapshotRetention(last: 1, daily: 1).kept(of: []).isEmpty)
    }
}
