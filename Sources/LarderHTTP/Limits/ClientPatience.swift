import LarderModel
import NIOCore

/// Decides when a connection has waited for its client long enough. A pure state machine: it is told what happens and
/// what time it is, and is asked now and then (``lookInterval``), so what is late is found at most that much later.
/// While the server is the slow side, it waits.
struct ClientPatience {
    /// What the connection waits for from its client.
    enum Awaited { case nothing, head, body }

    private let headTime: TimeAmount
    private let idleTime: TimeAmount
    private let rateWindow: TimeAmount
    private let minRate: Int64

    /// When the head that is coming in began; nil: none is.
    private var headSince: NIODeadline?
    private var lastMovement: NIODeadline
    /// Since when a read is asked for that has brought nothing yet; nil: none is.
    private var readSince: NIODeadline?
    /// Time that was spent in waiting for a body's bytes since the last judgement, and the bytes that came.
    private var bodyWaited = TimeAmount.zero
    private var bodyBytes: Int64 = 0
    /// Bytes of answers handed down so far, and when, at what count and with how many of them unsent the present jam
    /// began.
    private var written: Int64 = 0
    private var jam: (since: NIODeadline, written: Int64, unsent: Int64)?

    /// - Parameter now: when the connection began. A head begins with its first byte: an answer to nothing would be
    ///   taken for the one to the
    /// next request by a client that holds connections ready.
    init(_ limits: ServerLimits, now: NIODeadline) {
        headTime = TimeAmount(limits.headTime)
        idleTime = TimeAmount(limits.idleTime)
        rateWindow = TimeAmount(limits.rateWindow)
        minRate = limits.minRate.bytes
        lastMovement = now
    }

    /// A quarter of the shortest time, at most five seconds.
    var lookInterval: TimeAmount { min(.seconds(5), .nanoseconds(min(headTime, idleTime, rateWindow).nanoseconds / 4)) }

    // MARK: What happens

    mutating func readAsked(_ now: NIODeadline) { if readSince == nil { readSince = now } }

    /// A read brought something.
    /// - Parameter isBetweenRequests: whether no request is coming in: then what came is a part of a head.
    mutating func readDone(_ now: NIODeadline, isBetweenRequests: Bool) {
        if let since = readSince { bodyWaited = bodyWaited + (now - since) }
        readSince = nil
        if isBetweenRequests {
            if headSince == nil { headSince = now }
        } else {
            lastMovement = now
        }
    }

    mutating func headCame() {
        headSince = nil
        bodyWaited = .zero
        bodyBytes = 0
    }

    mutating func bodyCame(_ bytes: Int) { bodyBytes += Int64(bytes) }
    mutating func wrote(_ bytes: Int) { written += Int64(bytes) }
    mutating func answered(_ now: NIODeadline) { lastMovement = now }
    mutating func becameWritable() { jam = nil }

    // MARK: Judgement

    /// - Parameters:
    ///   - unsent: bytes of answers that are not out yet, where they can't go on; nil: they can.
    /// - Returns: the limit that the client is beyond; nil: none.
    mutating func look(_ now: NIODeadline, awaiting awaited: Awaited, unsent: Int64?) -> Limit? {
        if let limit = judgeReader(now, unsent) { return limit }
        switch awaited {
        case .nothing: return nil
        case .head:
            if let headSince { return now - headSince >= headTime ? .headTime : nil }
            return now - lastMovement >= idleTime ? .idleTime : nil
        case .body: return judgeBody(now)
        }
    }

    private mutating func judgeBody(_ now: NIODeadline) -> Limit? {
        let waited = bodyWaited + (readSince.map { now - $0 } ?? .zero)
        guard waited >= rateWindow else { return nil }
        let isEnough = bodyBytes >= required(in: waited)
        bodyBytes = 0
        bodyWaited = .zero
        if readSince != nil { readSince = now }
        return isEnough ? nil : .bodyRate
    }

    /// Judged only while the channel is jammed from one end of a window to the other: then the server has more to send
    /// all the time.
    private mutating func judgeReader(_ now: NIODeadline, _ unsent: Int64?) -> Limit? {
        guard let unsent else {
            jam = nil
            return nil
        }
        guard let jam else {
            self.jam = (now, written, unsent)
            return nil
        }
        guard now - jam.since >= rateWindow else { return nil }
        let taken = (written - jam.written) - (unsent - jam.unsent)
        let isEnough = taken >= required(in: now - jam.since)
        self.jam = (now, written, unsent)
        return isEnough ? nil : .readRate
    }

    private func required(in time: TimeAmount) -> Int64 { Int64(Double(minRate) * Double(time.nanoseconds) / 1e9) }
}
