import DequeModule
import LarderModel
import NIOCore
import NIOHTTP1

/// The life of a connection (of HTTP/2: of one of its requests) as a pure state machine. It is told what happened, and
/// says what is to be done; ``ConnectionHandler`` does it.
///
/// One request is served at a time. What the client sends meanwhile is kept, and no more is read: what it may pipeline
/// is bounded by what one read brings.
struct ConnectionMachine {
    /// What is to be done next.
    enum Action {
        case nothing
        /// Find out how this request is served, and say so with ``serve(_:)``.
        case look(HTTPRequestHead)
        /// The small body is all here: hand it over.
        case take(ByteBuffer)
        /// A piece of the body, for the task that reads it.
        case feed(ByteBuffer)
        case feedEnd
        /// The body goes no further: its task has to know, it answers.
        case breakBody(any Error)
        /// Answer what is no request, or is not in time, and close.
        case refuse(LarderError)
        /// Tell the event stream that its client has left, and close.
        case leave
        /// Tell the event stream that the server goes down.
        case shutDownStream
        case close
    }

    /// How the request at hand is served.
    enum Service {
        /// The answer is out; the rest of the request is passed over.
        case answered
        /// A body of so many bytes at most is taken in first.
        case collected(limit: Int)
        /// An answer will come, from a task or from the index's writer.
        case awaited
        case followed
        /// That is not known yet: it is said later.
        case undecided
    }

    private enum Phase {
        /// Between requests, or passing over the rest of one that is answered.
        case open
        /// Taking in the body of a small write.
        case collecting(ByteBuffer, limit: Int)
        /// An answer is awaited. What the client sends of the request is for its task, all else waits.
        case serving
        /// It is being found out how the request is served; what the client sends waits.
        case deciding
        /// An event stream; whatever this client sends is passed over.
        case following
        /// The client asked for more while it has not taken the answers it has.
        case jammed
        /// A refused body is passed over, so many bytes more, so that its client gets to read the refusal.
        case draining(Int)
        case over
    }

    /// Bytes of a refused body that are read and dropped. Beyond that the connection is closed: a refused upload must
    /// not cost its whole length.
    static let drainMax = 4 << 20

    private var phase = Phase.open
    /// Whether the end of the request that came last is still to come.
    private var isRequestOpen = false
    /// Whether a task reads the body of the request at hand and wants more of it.
    private var isBodyWanted = true
    /// What came and has to wait, in order.
    private var held = Deque<HTTPServerRequestPart>()
    /// Nothing more comes: the client has closed its half, or sent what can't be read.
    private var isInputOver = false
    private(set) var isQuiescing = false
    private var hasFailed = false
    private var patience: ClientPatience
    /// Whether the read under way brought a part of a request.
    private var hasReadPart = false
    private var framing = BodyFraming()

    /// - Parameter now: when the connection began.
    init(_ limits: ServerLimits, now: NIODeadline) { patience = ClientPatience(limits, now: now) }

    // MARK: What the client sends

    /// - Parameter isWritable: whether the client takes its answers.
    mutating func received(_ part: HTTPServerRequestPart, isWritable: Bool) -> Action {
        hasReadPart = true
        return take(part, isWritable)
    }

    private mutating func take(_ part: HTTPServerRequestPart, _ isWritable: Bool) -> Action {
        switch (phase, part) {
        case (.over, _), (.following, _): return .nothing
        case (.jammed, _), (.deciding, _): return hold(part)
        case (.serving, _) where !isRequestOpen: return hold(part)
        case (.open, .head(let head)): return take(head, isWritable)
        case (_, .head): return close()  // the decoder never gives this
        case (_, .body(let piece)): return take(piece)
        case (_, .end): return takeEnd()
        }
    }

    private mutating func hold(_ part: HTTPServerRequestPart) -> Action {
        held.append(part)
        return .nothing
    }

    private mutating func take(_ head: HTTPRequestHead, _ isWritable: Bool) -> Action {
        patience.headCame()
        framing = BodyFraming()
        guard isWritable else {
            phase = .jammed
            held.prepend(.head(head))
            return .nothing
        }
        isRequestOpen = true
        isBodyWanted = true
        return .look(head)
    }

    private mutating func take(_ piece: ByteBuffer) -> Action {
        patience.bodyCame(piece.readableBytes)
        framing.bodyCame(piece.readableBytes)
        switch phase {
        case .serving: return .feed(piece)
        case .collecting(var bytes, let limit):
            guard bytes.readableBytes + piece.readableBytes <= limit else { return close() }
            phase = .open  // so that the bytes have one owner, and are not copied
            var piece = piece
            bytes.writeBuffer(&piece)
            phase = .collecting(bytes, limit: limit)
            return .nothing
        case .draining(let left):
            guard left >= piece.readableBytes else { return close() }
            phase = .draining(left - piece.readableBytes)
            return .nothing
        case .open, .deciding, .following, .jammed, .over: return .nothing
        }
    }

    private mutating func takeEnd() -> Action {
        isRequestOpen = false
        switch phase {
        case .serving: return .feedEnd
        case .collecting(let bytes, _):
            phase = .serving
            return .take(bytes)
        case .draining: return close()
        case .open, .deciding, .following, .jammed, .over: return .nothing
        }
    }

    /// What was kept back, now that it may go on.
    /// - Returns: nil when there is none, or the rest of it has to wait again.
    mutating func takeHeld(isWritable: Bool) -> Action? {
        switch phase {
        case .deciding, .jammed, .over: return nil
        case .serving where !isRequestOpen: return nil
        case .open, .collecting, .serving, .following, .draining: break
        }
        if let part = held.popFirst() { return take(part, isWritable) }
        guard case .close = closeIfDone() else { return nil }
        return .close
    }

    // MARK: Serving

    /// Says how the request of the last ``Action/look(_:)`` is served.
    mutating func serve(_ service: Service) {
        switch service {
        case .answered: phase = .open
        case .collected(let limit): phase = .collecting(ByteBuffer(), limit: limit)
        case .awaited: phase = .serving
        case .followed: phase = .following
        case .undecided: phase = .deciding
        }
    }

    /// Whether the connection ends behind the answer that goes out now.
    /// - Parameters:
    ///   - isBodyLeft: whether the request has a body that was not read to its end.
    ///   - isKeepAlive: whether the client would send more.
    func endsBehindAnswer(isBodyLeft: Bool, isKeepAlive: Bool) -> Bool { isBodyLeft || !isKeepAlive || isQuiescing }

    mutating func wrote(_ bytes: Int) { patience.wrote(bytes) }

    /// The answer is out.
    /// - Parameters:
    ///   - isLast: what ``endsBehindAnswer(isBodyLeft:isKeepAlive:)`` said of it.
    ///   - drains: whether the client may still be sending a body that nobody reads.
    mutating func answered(_ now: NIODeadline, isLast: Bool, drains: Bool) -> Action {
        patience.answered(now)
        switch phase {
        case .open, .serving: break
        case .collecting, .deciding, .following, .jammed, .draining, .over: return .nothing
        }
        guard !isLast else {
            guard drains, isRequestOpen, !isInputOver else { return close() }
            phase = .draining(Self.drainMax)
            return .nothing
        }
        phase = .open
        return closeIfDone()
    }

    /// The task has pieces of the body enough for now, or wants more.
    mutating func bodyWanted(_ isWanted: Bool) { isBodyWanted = isWanted }

    /// Whether more may be read from the client.
    var mayRead: Bool {
        switch phase {
        case .serving: isRequestOpen && isBodyWanted
        case .deciding, .jammed: false
        case .open, .collecting, .following, .draining, .over: true
        }
    }

    /// Whether the answer to the request at hand may still be given.
    var mayAnswer: Bool {
        switch phase {
        case .open, .serving: true
        case .collecting, .deciding, .following, .jammed, .draining, .over: false
        }
    }

    /// Whether it is still to be said how the request at hand is served.
    var isUndecided: Bool { if case .deciding = phase { true } else { false } }

    /// Whether an event stream has the connection.
    var isFollowing: Bool { if case .following = phase { true } else { false } }

    // MARK: The connection

    mutating func becameWritable() {
        patience.becameWritable()
        if case .jammed = phase { phase = .open }
    }

    /// So many bytes came from the client, and all that they hold has been told.
    mutating func bytesCame(_ count: Int) -> Action {
        guard framing.bytesCame(count), isRequestOpen else { return .nothing }
        switch phase {
        case .serving: return inputFailed(ChunkWaste())
        case .open, .collecting, .draining: return close()
        case .deciding, .following, .jammed, .over: return .nothing
        }
    }

    mutating func readAsked(_ now: NIODeadline) { patience.readAsked(now) }

    mutating func readDone(_ now: NIODeadline) {
        patience.readDone(now, isBetweenRequests: !hasReadPart && awaited == .head)
        hasReadPart = false
    }

    /// On shutdown a connection goes as soon as it has nothing under way.
    mutating func quiesce() -> Action {
        if case .following = phase { return .shutDownStream }
        isQuiescing = true
        return closeIfDone()
    }

    /// The client has closed its half: it sends no more, but may wait for answers.
    mutating func inputClosed() -> Action {
        switch phase {
        case .following:
            // A follower has left: it will never say anything, and wants to hear nothing.
            phase = .over
            return .leave
        case .collecting, .draining: return close()
        case .serving where isRequestOpen: return inputFailed(BodyEnded())
        case .deciding where !isWholeRequestHeld: return close()
        case .open, .serving, .deciding, .jammed:
            isInputOver = true
            return closeIfDone()
        case .over: return .nothing
        }
    }

    /// Whether all of the request at hand has come.
    private var isWholeRequestHeld: Bool { held.contains { if case .end = $0 { true } else { false } } }

    /// What the client sends can't be read.
    /// - Parameter refusal: the answer to it, where nothing else is under way; nil: nobody would read one.
    mutating func inputFailed(_ error: any Error, refusal: LarderError?) -> Action {
        guard !hasFailed else { return .nothing }
        hasFailed = true
        switch phase {
        case .serving where isRequestOpen: return inputFailed(error)
        case .open where !isRequestOpen: return refusal.map { refuse($0) } ?? close()
        case .open, .collecting, .draining: return close()
        case .deciding where !isWholeRequestHeld: return close()
        case .serving, .deciding, .jammed:
            // What came before is answered; what can't be read is not.
            isInputOver = true
            return .nothing
        case .following, .over: return .nothing
        }
    }

    private mutating func inputFailed(_ error: any Error) -> Action {
        isInputOver = true
        isRequestOpen = false
        return .breakBody(error)
    }

    /// The connection is gone.
    mutating func inactive() -> Action {
        defer {
            phase = .over
            isRequestOpen = false
            held.removeAll()
        }
        switch phase {
        case .following: return .leave
        case .serving where isRequestOpen: return .breakBody(BodyEnded())
        case .open, .collecting, .serving, .deciding, .jammed, .draining, .over: return .nothing
        }
    }

    private mutating func closeIfDone() -> Action {
        guard case .open = phase else { return .nothing }
        return isQuiescing || isInputOver && held.isEmpty ? close() : .nothing
    }

    /// Nothing more is done here.
    mutating func close() -> Action {
        phase = .over
        return .close
    }

    /// Answers what is no request, or one that is not taken, and closes.
    mutating func refuse(_ error: LarderError) -> Action {
        phase = .over
        return .refuse(error)
    }

    // MARK: Slow clients

    var lookInterval: TimeAmount { patience.lookInterval }

    /// What this connection waits for from its client.
    private var awaited: ClientPatience.Awaited {
        switch phase {
        case .open: isRequestOpen ? .body : .head
        case .collecting, .draining: .body
        case .serving: isRequestOpen ? .body : .nothing
        case .deciding, .following, .jammed, .over: .nothing
        }
    }

    /// Looks whether the client is too slow; to be asked every ``lookInterval``.
    /// - Parameter unsent: bytes of answers that wait for the client, if they hold up the next ones.
    /// - Returns: what is to be done, and the limit that the client is beyond.
    mutating func look(_ now: NIODeadline, unsent: Int64?) -> (Action, Limit?) {
        // Followers are looked after by their source.
        if case .following = phase { return (.nothing, nil) }
        guard let limit = patience.look(now, awaiting: awaited, unsent: unsent) else { return (.nothing, nil) }
        switch limit {
        case .headTime:
            return (refuse(LarderError(.requestTimeout, "The request's head did not come in time.", limit: limit)), nil)
        case .bodyRate:
            if case .serving = phase { return (inputFailed(SlowBody()), limit) }
            if case .draining = phase { return (close(), limit) }
            return (refuse(LarderError(.requestTimeout, SlowBody.message, limit: limit)), nil)
        default: return (close(), limit)
        }
    }
}

/// A request's body came too slowly to go on waiting for it.
struct SlowBody: Error {
    static let message = "The body came too slowly; nothing was stored."
}

/// A body's chunks are nearly all framing.
struct ChunkWaste: Error {
    var refusal: LarderError {
        LarderError(
            .malformedRequest, "The body's chunks have extensions far longer than what they hold. Nothing was stored.")
    }
}

/// The connection ended within a request's body.
struct BodyEnded: Error {}
