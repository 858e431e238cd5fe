package import EventStreams
package import Index
package import LarderModel

/// One follower of a log, or of many runs, as a pure state machine: it replays what is kept behind the asked-for event,
/// then passes on what comes, until a run is over. It is told what was read, what is new and what is out, and says what
/// is to be done.
///
/// Bounds: while it replays, one page is read and sent at a time, and the next is asked for when that is out. Live, it
/// keeps nothing: who carries out its actions bounds what is unsent.
package struct Follower: Sendable {
    package enum Subject: Sendable {
        case log(FollowedLog)
        /// Many runs of a store on one stream; empty: all of the store.
        case runs(Set<EntryKey>)
    }

    /// Where a client wants to begin.
    package enum Start: Sendable, Equatable {
        /// With all that is kept; with all of a store: with what comes from now on.
        case beginning
        /// Behind the event with this sequence number (of many runs: position), the last that it has.
        case after(Int64)
        /// With the newest so many events.
        case newest(Int)
        /// It brings an ID that is none of ours.
        case foreign
    }

    /// What is to be done now.
    package enum Action: Sendable, Equatable {
        case nothing
        /// Read a page of events behind this sequence number (of many runs: position), and tell
        /// ``Follower/replayed(_:state:)``.
        case read(after: Int64)
        /// The same, in a moment: transactions are under way whose events may come before those that are there.
        case readLater(after: Int64)
        /// Begin the stream with these frames, and tell ``Follower/out()`` when they are out.
        case open([EventFrame])
        /// The client has all that will ever be: there is nothing to begin.
        case decline
        /// Send these frames.
        case send([EventFrame])
        /// Send these frames, and tell ``Follower/out()`` when they are out.
        case sendAndTell([EventFrame])
        /// The run is over: end the stream behind this frame.
        case end(EventFrame)
    }

    private enum Phase { case opening, replaying, live, over }

    private let subject: Subject
    private let stalledAfter: Duration
    private let start: Start
    private var phase = Phase.opening
    /// Sequence number (of many runs: position) of the last event sent or passed over.
    private var sent: Int64 = 0
    /// The highest one that was delivered while replaying: there is more to read.
    private var delivered: Int64 = 0
    /// Of many runs: the position that must be settled before all that was there at the beginning has been read; nil:
    /// not known yet.
    private var awaited: Int64?
    private var state = RunState.running
    /// When the run's last event came, and whether the follower has been told that none has come for too long.
    private var lastEventAt: Timestamp?
    private var isStallTold = false

    /// - Parameter stalledAfter: how long after its last event a run counts as stalled; means nothing for many runs.
    package init(_ subject: Subject, from start: Start, stalledAfter: Duration) {
        self.subject = subject
        self.start = start
        self.stalledAfter = stalledAfter
    }

    // MARK: Opening

    /// The run as it is at the beginning. A number that it has not reached is of another history, such as the one
    /// before a backup was put back: the client gets all that is kept, and is told so.
    /// - Parameters:
    ///   - head: nil: there is no such log yet.
    ///   - before: the sequence number before those with which it wants to begin (``Start/newest(_:)``).
    package mutating func opened(_ head: LogHead?, before: Int64? = nil, now: Timestamp) -> Action {
        guard case .log(let log) = subject, phase == .opening else { return .nothing }
        state = head?.state ?? .running
        let last = head?.last ?? 0
        let isEmpty = (head?.count ?? 0) == 0
        if start == .after(last), !isEmpty, log.isRun, state.isTerminal {
            phase = .over
            return .decline
        }
        let shown = head?.state(at: now, stalledAfter: stalledAfter) ?? .running
        lastEventAt = isEmpty ? nil : head?.updatedAt
        isStallTold = shown == .stalled
        var frames = [EventFrames.connected(log, state: isEmpty ? .running : shown, last: last)]
        let first = isEmpty ? last + 1 : head?.first ?? 1
        switch start {
        case .beginning: sent = first - 1
        case .newest: sent = before ?? first - 1
        case .after(let number) where number >= first - 1 && number <= last: sent = number
        case .after(let number):
            frames.append(EventFrames.gap(after: number, first: first))
            sent = first - 1
        case .foreign:
            frames.append(EventFrames.gap(after: nil, first: first))
            sent = first - 1
        }
        phase = .replaying
        return .open(frames)
    }

    /// The positions at the beginning, for many runs: chosen ones are replayed; all of a store begin
    /// with what comes from now on, for their lists are there to be read.
    package mutating func opened(_ positions: EventPositions) -> Action {
        guard case .runs(let keys) = subject, phase == .opening else { return .nothing }
        let last = positions.settled
        sent = keys.isEmpty ? last : 0
        var gap: [EventFrame] = []
        switch start {
        case .beginning, .newest: break
        case .after(let position) where position <= positions.given: sent = position
        case .after(let position): gap = [EventFrames.gap(after: position, first: sent + 1)]
        case .foreign: gap = [EventFrames.gap(after: nil, first: sent + 1)]
        }
        phase = .replaying
        return .open([EventFrames.connected(at: sent, last: last)] + gap)
    }

    // MARK: Replaying

    /// What was sent, and was to be told of, is out.
    package mutating func out() -> Action {
        switch phase {
        case .replaying: return .read(after: sent)
        case .live: return complete()
        case .opening, .over: return .nothing
        }
    }

    /// A page of the run's events. Where it does not begin with the next one, the client is told of the gap.
    /// - Parameters:
    ///   - events: those behind the asked-for one, as many as fit; empty: there are no more.
    ///   - state: the run's state when they were read.
    package mutating func replayed(_ events: [LogEvent], state: RunState) -> Action {
        guard phase == .replaying, case .log(let log) = subject else { return .nothing }
        self.state = state
        guard let first = events.first, let last = events.last else { return caughtUp() }
        // The log's cap, or a deletion, took some before they were read.
        let gap = first.sequence > sent + 1 ? [EventFrames.gap(after: sent, first: first.sequence)] : []
        sent = last.sequence
        return .sendAndTell(gap + events.map { EventFrames.event($0, isRun: log.isRun) })
    }

    /// A page of the events of many runs.
    /// - Parameters:
    ///   - reached: the position up to which they are given.
    ///   - isLast: whether there are no more that are settled.
    ///   - positions: how far any are given.
    package mutating func replayed(
        _ events: [(key: EntryKey, event: LogEvent)], reaching reached: Int64, isLast: Bool, _ positions: EventPositions
    ) -> Action {
        guard phase == .replaying, case .runs(let keys) = subject else { return .nothing }
        sent = max(sent, reached)
        awaited = awaited ?? positions.given
        let frames = events.compactMap { key, event in
            keys.isEmpty || keys.contains(key) ? RunName(key).map { EventFrames.wrapped($0, event) } : nil
        }
        guard frames.isEmpty else { return .sendAndTell(frames) }
        guard isLast else { return .read(after: sent) }
        guard positions.settled >= max(awaited ?? 0, delivered) || positions.areSettled else {
            return .readLater(after: sent)
        }
        return caughtUp()
    }

    /// All that was kept is out. What was delivered meanwhile and not yet read is read now; then events come as they
    /// happen.
    private mutating func caughtUp() -> Action {
        if delivered > sent {
            delivered = 0
            return .read(after: sent)
        }
        phase = .live
        return complete()
    }

    /// The end, when the run is over. An event that came while the last one was on its way out reopens it.
    private mutating func complete() -> Action {
        guard case .log(let log) = subject, log.isRun, state.isTerminal else { return .nothing }
        phase = .over
        return .end(EventFrames.complete(log, state))
    }

    // MARK: Live

    /// A commit changed the run, or one of the store's. Of one log events may have been missed before it, where other
    /// nodes commit, too: those are read.
    package mutating func delivered(_ update: LogUpdate) -> Action {
        switch (phase, subject) {
        case (.opening, .log), (.replaying, .log): delivered = max(delivered, update.change.last)
        case (.opening, .runs(let keys)), (.replaying, .runs(let keys)):
            guard keys.isEmpty || keys.contains(update.change.name.key) else { break }
            delivered = max(delivered, update.change.events.last?.position ?? 0)
        case (.live, .log(let log)): return passOn(update, log)
        case (.live, .runs(let keys)): return passOn(update, keys)
        case (.over, _): break
        }
        return .nothing
    }

    private mutating func passOn(_ update: LogUpdate, _ log: FollowedLog) -> Action {
        let events = update.change.events
        guard update.change.last >= sent else { return .nothing }
        state = update.change.state
        guard update.change.last > sent else { return .nothing }
        lastEventAt = events.last?.receivedAt ?? lastEventAt
        isStallTold = false
        guard let first = events.first, let last = events.last, first.sequence <= sent + 1 else {
            phase = .replaying
            return .read(after: sent)
        }
        let known = events.firstIndex { $0.sequence > sent } ?? 0
        sent = last.sequence
        let all = update.frames(isRun: log.isRun)
        let frames = known == 0 ? all : Array(all[known...])
        return log.isRun && state.isTerminal ? .sendAndTell(frames) : .send(frames)
    }

    private mutating func passOn(_ update: LogUpdate, _ keys: Set<EntryKey>) -> Action {
        let change = update.change
        guard keys.isEmpty || keys.contains(change.name.key), let last = change.events.last, last.position > sent,
            let run = RunName(change.name.key)
        else { return .nothing }
        let known = change.events.firstIndex { $0.position > sent } ?? 0
        sent = last.position
        var frames = known == 0 ? update.wrappedFrames : Array(update.wrappedFrames[known...])
        if change.state.isTerminal { frames.append(EventFrames.complete(.run(run), change.state)) }
        return .send(frames)
    }

    /// To be asked every few seconds. A run that falls silent is told as a second `connected` frame with the state
    /// `stalled`: the stream goes on, for the run may.
    package mutating func tick(_ now: Timestamp) -> Action {
        guard phase == .live, case .log(let log) = subject, log.isRun, !isStallTold, state == .running, let lastEventAt,
            lastEventAt + stalledAfter <= now
        else { return .nothing }
        isStallTold = true
        return .send([EventFrames.connected(log, state: .stalled, last: sent)])
    }
}
