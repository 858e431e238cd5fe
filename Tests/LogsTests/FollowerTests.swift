import EventStreams
import LarderModel
import LarderTestSupport
import Testing

@testable import Index
@testable import Logs

@Suite("A follower")
struct FollowerTests {
    private static let stalledAfter = Duration.seconds(60)
    private static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_750_000_000_000 + seconds * 1_000)
    }

    private let name: RunName
    private let entry: EntryName

    init() throws {
        name = try RunName(project: "p", run: "r")
        entry = try run()
    }

    private func follower(after: Int64? = nil) -> Follower {
        Follower(.log(.run(name)), from: after.map { .after($0) } ?? .beginning, stalledAfter: Self.stalledAfter)
    }

    private func event(_ sequence: Int64, at seconds: Int64 = 0) -> LogEvent {
        LogEvent(
            sequence: sequence, position: 100 + sequence, receivedAt: Self.at(seconds),
            json: #"{"n":\#(sequence)}"#.bytes)
    }

    private func head(first: Int64 = 1, last: Int64, state: RunState = .running) -> LogHead {
        LogHead(
            key: entry.key, first: first, last: last, count: Int(last - first + 1), dropped: first - 1, state: state,
            startedAt: Self.at(0), updatedAt: Self.at(0), progress: nil, message: nil)
    }

    private func update(_ events: [LogEvent], state: RunState = .running, _ name: EntryName? = nil) -> LogUpdate {
        LogUpdate(
            LogChange(name: name ?? entry, events: events, state: state, last: events.last?.sequence ?? 0))
    }

    private func frames(_ sequences: ClosedRange<Int64>) -> [EventFrame] {
        sequences.map { EventFrames.event(event($0), isRun: true) }
    }

    /// A follower that has read all there was, up to `last`.
    private func live(last: Int64 = 0) -> Follower {
        var follower = follower()
        _ = follower.opened(last == 0 ? nil : head(last: last), now: Self.at(0))
        _ = follower.out()
        if last > 0 {
            _ = follower.replayed((1...last).map { event($0) }, state: .running)
            _ = follower.out()
        }
        _ = follower.replayed([], state: .running)
        return follower
    }

    // MARK: One run

    @Test("replays page by page, each asked for when the one before is out, and then is live")
    func replay() {
        var follower = follower()
        #expect(
            follower.opened(head(last: 3), now: Self.at(0))
                == .open([EventFrames.connected(.run(name), state: .running, last: 3)]))
        #expect(follower.out() == .read(after: 0))
        #expect(follower.replayed([event(1), event(2)], state: .running) == .sendAndTell(frames(1...2)))
        #expect(follower.out() == .read(after: 2))
        #expect(follower.replayed([event(3)], state: .running) == .sendAndTell(frames(3...3)))
        #expect(follower.out() == .read(after: 3))
        #expect(follower.replayed([], state: .running) == .nothing)
        #expect(follower.delivered(update([event(4), event(5)])) == .send(frames(4...5)))
    }

    @Test("reads again what was delivered while it replayed, and passes over what it has read already")
    func overlap() {
        var follower = follower()
        #expect(follower.delivered(update([event(1)])) == .nothing)
        _ = follower.opened(head(last: 1), now: Self.at(0))
        _ = follower.out()
        #expect(follower.replayed([event(1)], state: .running) == .sendAndTell(frames(1...1)))
        #expect(follower.delivered(update([event(2)])) == .nothing)
        _ = follower.out()
        // The page was read before event 2 was there.
        #expect(follower.replayed([], state: .running) == .read(after: 1))
        #expect(follower.replayed([event(2), event(3)], state: .running) == .sendAndTell(frames(2...3)))
        _ = follower.out()
        #expect(follower.replayed([], state: .running) == .nothing)
        #expect(follower.delivered(update([event(3)])) == .nothing)
        #expect(follower.delivered(update([event(3), event(4)])) == .send(frames(4...4)))
    }

    @Test("reads what it missed where events come that are not next, and is over only behind them")
    func missed() {
        var follower = live(last: 3)
        #expect(follower.delivered(update([event(6)], state: .completed)) == .read(after: 3))
        #expect(follower.delivered(update([event(7)], state: .completed)) == .nothing)
        #expect(follower.replayed([event(4), event(5)], state: .running) == .sendAndTell(frames(4...5)))
        #expect(follower.out() == .read(after: 5))
        #expect(follower.replayed([event(6), event(7)], state: .completed) == .sendAndTell(frames(6...7)))
        #expect(follower.out() == .read(after: 7))
        #expect(
            follower.replayed([], state: .completed) == .end(EventFrames.complete(.run(name), .completed)))
    }

    @Test("reads when it is told of a number that it has not reached, and hears nothing new of one that it has")
    func told() {
        var follower = live(last: 3)
        let reached = LogUpdate(LogChange(name: entry, events: [], state: .running, last: 3))
        #expect(follower.delivered(reached) == .nothing)
        let further = LogUpdate(LogChange(name: entry, events: [], state: .running, last: 5))
        #expect(follower.delivered(further) == .read(after: 3))
        #expect(follower.replayed([event(4)], state: .running) == .sendAndTell(frames(4...4)))
        _ = follower.out()
        // The fifth is forgotten already.
        #expect(follower.replayed([], state: .running) == .nothing)
        #expect(follower.delivered(update([event(5), event(6)])) == .send(frames(5...6)))
        // What comes late says nothing of how it goes.
        #expect(follower.delivered(update([event(5)], state: .completed)) == .nothing)
        #expect(follower.out() == .nothing)
    }

    @Test(
        "comes back to what it has, and is told of a gap where that is not kept any more",
        arguments: [
            (after: Int64(3), first: Int64(1), gap: false, reads: Int64(3)), (2, 3, false, 2), (2, 4, true, 3),
            (0, 3, true, 2), (9, 4, false, 9), (10, 4, true, 3), (1_000, 1, true, 0),
        ])
    func resumed(after: Int64, first: Int64, gap: Bool, reads: Int64) {
        var follower = follower(after: after)
        var expected = [EventFrames.connected(.run(name), state: .running, last: 9)]
        if gap { expected.append(EventFrames.gap(after: after, first: first)) }
        #expect(follower.opened(head(first: first, last: 9), now: Self.at(0)) == .open(expected))
        #expect(follower.out() == .read(after: reads))
    }

    @Test("gets all that is kept when it brings an ID that is none of ours, also of a run that is over")
    func foreign() {
        for state in [RunState.running, .completed] {
            var follower = Follower(.log(.run(name)), from: .foreign, stalledAfter: Self.stalledAfter)
            #expect(
                follower.opened(head(first: 4, last: 9, state: state), now: Self.at(0))
                    == .open([
                        EventFrames.connected(.run(name), state: state, last: 9), EventFrames.gap(after: nil, first: 4),
                    ]))
            #expect(follower.out() == .read(after: 3))
        }
        var unseen = follower(after: 250)
        #expect(
            unseen.opened(nil, now: Self.at(0))
                == .open([
                    EventFrames.connected(.run(name), state: .running, last: 0), EventFrames.gap(after: 250, first: 1),
                ]))
        #expect(unseen.out() == .read(after: 0))
        #expect(unseen.replayed([], state: .running) == .nothing)
        #expect(unseen.delivered(update([event(1)])) == .send(frames(1...1)))
    }

    @Test("is told of no gap when it asked for all that is kept")
    func noGap() {
        var follower = follower()
        #expect(
            follower.opened(head(first: 50, last: 60), now: Self.at(0))
                == .open([EventFrames.connected(.run(name), state: .running, last: 60)]))
        #expect(follower.out() == .read(after: 49))
        #expect(follower.replayed([event(50)], state: .running) == .sendAndTell(frames(50...50)))
    }

    @Test("is told of a gap where events went before they were read")
    func trimmed() {
        var replaying = follower()
        _ = replaying.opened(head(last: 9), now: Self.at(0))
        _ = replaying.out()
        #expect(
            replaying.replayed([event(4)], state: .running)
                == .sendAndTell([EventFrames.gap(after: 0, first: 4)] + frames(4...4)))
        var live = live(last: 3)
        #expect(live.delivered(update([event(9)])) == .read(after: 3))
        #expect(
            live.replayed([event(8), event(9)], state: .running)
                == .sendAndTell([EventFrames.gap(after: 3, first: 8)] + frames(8...9)))
        _ = live.out()
        #expect(live.replayed([], state: .running) == .nothing)
        #expect(live.delivered(update([event(10)])) == .send(frames(10...10)))
    }

    @Test(
        "declines only what is over and all there",
        arguments: [
            (Int64?(5), RunState.completed, true), (5, .failed, true), (6, .failed, false), (4, .completed, false),
            (5, .running, false),
            (nil, .completed, false),
        ])
    func declined(after: Int64?, state: RunState, isDeclined: Bool) {
        var follower = follower(after: after)
        let action = follower.opened(head(last: 5, state: state), now: Self.at(0))
        #expect((action == .decline) == isDeclined)
    }

    @Test("ends a replay of a run that is over with its state")
    func replayedEnd() {
        var follower = follower()
        _ = follower.opened(head(last: 1, state: .completed), now: Self.at(0))
        _ = follower.out()
        #expect(follower.replayed([event(1)], state: .completed) == .sendAndTell(frames(1...1)))
        #expect(follower.out() == .read(after: 1))
        #expect(follower.replayed([], state: .completed) == .end(EventFrames.complete(.run(name), .completed)))
        #expect(follower.out() == .nothing)
        #expect(follower.delivered(update([event(2)])) == .nothing)
    }

    @Test("ends a live run when its last event is out, unless another came meanwhile")
    func liveEnd() {
        var follower = live()
        #expect(follower.delivered(update([event(1)], state: .failed)) == .sendAndTell(frames(1...1)))
        #expect(follower.delivered(update([event(2)])) == .send(frames(2...2)))
        #expect(follower.out() == .nothing)
        #expect(follower.delivered(update([event(3)], state: .completed)) == .sendAndTell(frames(3...3)))
        #expect(follower.out() == .end(EventFrames.complete(.run(name), .completed)))
    }

    @Test("waits for a run that has not begun, and goes on when a log is emptied")
    func empty() {
        var follower = live()
        #expect(follower.delivered(update([event(1)])) == .send(frames(1...1)))
        #expect(follower.delivered(update([])) == .nothing)
        #expect(follower.delivered(update([event(2)])) == .send(frames(2...2)))
    }

    @Test("shares the frames of an update with all who get all of it")
    func shared() throws {
        let update = update([event(1), event(2)])
        for _ in 0..<3 {
            var follower = live()
            guard case .send(let sent) = follower.delivered(update) else {
                Issue.record("nothing is sent")
                return
            }
            let isSame = sent.withUnsafeBufferPointer { a in
                update.frames(isRun: true).withUnsafeBufferPointer { $0.baseAddress == a.baseAddress }
            }
            #expect(isSame)
        }
    }

    @Test("tells once that a run has fallen silent, and again when it did after going on")
    func stall() {
        var follower = live()
        #expect(follower.tick(Self.at(1_000)) == .nothing, "a run without events is not silent")
        _ = follower.delivered(update([event(1, at: 100)]))
        #expect(follower.tick(Self.at(159)) == .nothing)
        let stalled = EventFrames.connected(.run(name), state: .stalled, last: 1)
        #expect(follower.tick(Self.at(160)) == .send([stalled]))
        #expect(follower.tick(Self.at(500)) == .nothing)
        _ = follower.delivered(update([event(2, at: 600)]))
        #expect(follower.tick(Self.at(659)) == .nothing)
        #expect(follower.tick(Self.at(660)) == .send([EventFrames.connected(.run(name), state: .stalled, last: 2)]))
    }

    @Test("tells a run's silence at the beginning, and not again")
    func stalledAtOnce() {
        var follower = follower()
        #expect(
            follower.opened(head(last: 1), now: Self.at(60))
                == .open([EventFrames.connected(.run(name), state: .stalled, last: 1)]))
        _ = follower.out()
        _ = follower.replayed([event(1)], state: .running)
        _ = follower.out()
        #expect(follower.tick(Self.at(70)) == .nothing, "not while it replays")
        _ = follower.replayed([], state: .running)
        #expect(follower.tick(Self.at(80)) == .nothing)
    }

    // MARK: Many runs

    private static func settled(_ position: Int64) -> EventPositions {
        EventPositions(settled: position, given: position)
    }

    @Test("of many runs is not live before what was under way at its beginning is settled")
    func manyUnsettled() {
        var follower = Follower(.runs([]), from: .beginning, stalledAfter: Self.stalledAfter)
        #expect(
            follower.opened(EventPositions(settled: 170, given: 190))
                == .open([EventFrames.connected(at: 170, last: 170)]))
        #expect(follower.out() == .read(after: 170))
        func page(_ settled: Int64, _ given: Int64) -> Follower.Action {
            follower.replayed(
                [], reaching: settled, isLast: true, EventPositions(settled: settled, given: given))
        }
        #expect(page(170, 190) == .readLater(after: 170))
        #expect(follower.delivered(update([event(95)])) == .nothing, "of a transaction behind those")
        #expect(page(180, 199) == .readLater(after: 180))
        #expect(page(190, 199) == .readLater(after: 190), "195 is delivered, and there may be others before it")
        #expect(page(196, 199) == .nothing)
        #expect(follower.delivered(update([event(97)])) == .send([EventFrames.wrapped(name, event(97))]))
    }

    @Test("of all of a store begins with what comes from now on; of chosen ones, with what is kept")
    func manyOpened() throws {
        var all = Follower(.runs([]), from: .beginning, stalledAfter: Self.stalledAfter)
        #expect(all.opened(Self.settled(70)) == .open([EventFrames.connected(at: 70, last: 70)]))
        #expect(all.out() == .read(after: 70))
        var chosen = Follower(.runs([entry.key]), from: .beginning, stalledAfter: Self.stalledAfter)
        #expect(chosen.opened(Self.settled(70)) == .open([EventFrames.connected(at: 0, last: 70)]))
        #expect(chosen.out() == .read(after: 0))
        var back = Follower(.runs([]), from: .after(30), stalledAfter: Self.stalledAfter)
        #expect(back.opened(Self.settled(70)) == .open([EventFrames.connected(at: 30, last: 70)]))
        #expect(back.out() == .read(after: 30))
    }

    @Test(
        "of many runs with a position that is none of ours is told so, and goes on with ours",
        arguments: [(Follower.Start.after(71), Int64?(71)), (.foreign, nil)])
    func manyForeign(start: Follower.Start, after: Int64?) {
        var all = Follower(.runs([]), from: start, stalledAfter: Self.stalledAfter)
        #expect(
            all.opened(Self.settled(70))
                == .open([EventFrames.connected(at: 70, last: 70), EventFrames.gap(after: after, first: 71)]))
        #expect(all.out() == .read(after: 70))
        var chosen = Follower(.runs([entry.key]), from: start, stalledAfter: Self.stalledAfter)
        #expect(
            chosen.opened(Self.settled(70))
                == .open([EventFrames.connected(at: 0, last: 70), EventFrames.gap(after: after, first: 1)]))
        #expect(chosen.out() == .read(after: 0))
    }

    @Test("of many runs replays the chosen ones and passes over the rest")
    func manyReplayed() throws {
        let other = try run("other")
        var follower = Follower(.runs([entry.key]), from: .after(0), stalledAfter: Self.stalledAfter)
        _ = follower.opened(Self.settled(103))
        _ = follower.out()
        let wrapped = EventFrames.wrapped(name, event(1))
        let both = [(key: other.key, event: event(9)), (key: entry.key, event: event(1))]
        #expect(follower.replayed(both, reaching: 101, isLast: false, Self.settled(101)) == .sendAndTell([wrapped]))
        #expect(follower.out() == .read(after: 101))
        #expect(
            follower.replayed([(other.key, event(5))], reaching: 105, isLast: false, Self.settled(105))
                == .read(after: 105))
        #expect(
            follower.replayed([], reaching: 2_105, isLast: false, Self.settled(2_105)) == .read(after: 2_105),
            "rows of other stores")
        #expect(follower.delivered(update([event(2_007)])) == .nothing)
        #expect(follower.delivered(update([event(9_000)], other)) == .nothing)
        #expect(follower.replayed([], reaching: 2_105, isLast: true, Self.settled(2_105)) == .read(after: 2_105))
        #expect(
            follower.replayed([(entry.key, event(2_007))], reaching: 2_107, isLast: true, Self.settled(2_107))
                == .sendAndTell([EventFrames.wrapped(name, event(2_007))]))
        _ = follower.out()
        #expect(follower.replayed([], reaching: 2_107, isLast: true, Self.settled(2_107)) == .nothing)
        #expect(follower.delivered(update([event(2_008)], other)) == .nothing)
        #expect(
            follower.delivered(update([event(2_008)], state: .completed))
                == .send([EventFrames.wrapped(name, event(2_008)), EventFrames.complete(.run(name), .completed)]))
        #expect(follower.tick(Self.at(10_000)) == .nothing)
    }
}
