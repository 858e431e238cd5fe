import Disk
import Foundation
import LarderModel
import Logging
import Synchronization
import Testing

@testable import Housekeeping

@Suite("The clock")
struct ClockWatchTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)
    private static let hour = Duration.seconds(3_600), day = Duration.seconds(86_400),
        year = Duration.seconds(365 * 86_400)

    /// A watch and the two times it compares.
    private struct Case {
        var wall = ClockWatchTests.start
        var uptime = Duration.seconds(100)
        var watch: ClockWatch

        init(mark: Timestamp? = nil) { watch = ClockWatch(mark: mark, wall: wall, uptime: uptime) }

        /// Time passes, and the clock is set by `jump` at its end.
        mutating func look(after passed: Duration, jump: Duration = .zero) -> ClockWatch.Finding {
            uptime += passed
            wall = wall + passed + jump
            return watch.judge(wall: wall, uptime: uptime)
        }
    }

    @Test("that goes with the time is believed, however long between two looks")
    func steady() {
        var one = Case()
        for passed in [Duration.zero, .seconds(60), Self.hour, Self.day * 40, Self.year * 3] {
            #expect(one.look(after: passed) == .trusted)
        }
    }

    @Test("may run ahead by an hour between two looks, not more", arguments: [(0, true), (1, false)])
    func edge(_ milliseconds: Int, _ isTrusted: Bool) {
        var one = Case()
        #expect((one.look(after: .seconds(60), jump: Self.hour + .milliseconds(milliseconds)) == .trusted) == isTrusted)
    }

    @Test("that jumps ahead is in doubt until it comes back")
    func thereAndBack() {
        var one = Case()
        #expect(one.look(after: .seconds(60), jump: Self.year) == .doubted(ahead: Self.year))
        #expect(one.look(after: Self.hour) == .doubted(ahead: Self.year))
        #expect(one.look(after: .seconds(60), jump: .zero - Self.year) == .trusted)
        #expect(one.look(after: Self.hour) == .trusted)
    }

    @Test("that jumped ahead is believed when it has stayed for a day, not before")
    func stays() {
        var one = Case()
        #expect(one.look(after: .zero, jump: Self.year) != .trusted)
        #expect(one.look(after: Self.day - .milliseconds(1)) != .trusted)
        #expect(one.look(after: .milliseconds(1)) == .trusted)
        #expect(one.look(after: Self.hour) == .trusted)
        #expect(one.look(after: .seconds(60), jump: Self.day) != .trusted)
    }

    @Test("that jumps back raises no doubt, nor when it comes back from there")
    func back() {
        var one = Case()
        #expect(one.look(after: .seconds(60), jump: .zero - Self.year) == .trusted)
        #expect(one.look(after: Self.hour, jump: Self.year) == .trusted)
        #expect(one.look(after: Self.hour, jump: Self.year) != .trusted)
    }

    @Test("that stayed back for a day is reckoned on from there", arguments: [(-1, true), (0, false)])
    func staysBack(_ milliseconds: Int, _ isTrusted: Bool) {
        var one = Case()
        #expect(one.look(after: .zero, jump: .zero - Self.year) == .trusted)
        #expect(one.look(after: Self.day + .milliseconds(milliseconds)) == .trusted)
        #expect((one.look(after: .milliseconds(1), jump: Self.year) == .trusted) == isTrusted)
    }

    @Test(
        "at a start may be a week past the last moment that was believed",
        arguments: [(Duration.zero, true), (day * 7, true), (day * 7 + .milliseconds(1), false), (.zero - year, true)])
    func absence(_ away: Duration, _ isTrusted: Bool) {
        var one = Case(mark: Self.start - away)
        #expect((one.look(after: .zero) == .trusted) == isTrusted)
        #expect((one.look(after: .seconds(60)) == .trusted) == isTrusted)
        #expect(one.look(after: Self.day) == .trusted)
    }

    @Test("is remembered by its mark, which a doubted clock doesn't move, and which may be missing or damaged")
    func mark() throws {
        let folder = NSTemporaryDirectory() + "larder-clock.\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = try DataDirectory(folder)
        let times = Mutex((wall: Self.start, uptime: Duration.zero))
        func guardOfRun() -> ClockGuard {
            ClockGuard(
                directory: directory, clock: WallClock { times.withLock { $0.wall } },
                uptime: { times.withLock { $0.uptime } },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
        func mark() throws -> String { try String(contentsOfFile: directory.clockMarkPath, encoding: .utf8) }
        let first = guardOfRun()
        #expect(first.check())
        #expect(try mark() == "\(Self.start.milliseconds)\n")
        times.withLock { $0 = ($0.wall + .seconds(600), $0.uptime + .seconds(600)) }
        #expect(first.check())
        let later = "\(Self.start.milliseconds + 600_000)\n"
        #expect(try mark() == later)

        times.withLock { $0.wall = $0.wall + Self.year }
        for one in [first, guardOfRun()] {
            #expect(!one.check())
            #expect(one.isInDoubt)
            #expect(try mark() == later)
        }
        times.withLock { $0.wall = $0.wall - Self.year - Self.year }
        for one in [first, guardOfRun()] {
            #expect(one.check())
            #expect(!one.isInDoubt)
            #expect(try mark() == later)
        }
        times.withLock { $0.wall = $0.wall + Self.year }
        #expect(guardOfRun().check())

        for damaged in ["", "yesterday", "99999999999999999999999\n"] {
            try Data(damaged.utf8).write(to: URL(fileURLWithPath: directory.clockMarkPath))
            #expect(guardOfRun().check())
            #expect(try mark() == later)
        }
    }
}
