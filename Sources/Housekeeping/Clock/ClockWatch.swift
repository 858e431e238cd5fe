import LarderModel

/// Whether the wall clock can be believed: a comparison with time that passed for certain.
///
/// A clock that jumps ahead makes everything look old. So a jump ahead puts it in doubt, and the cleanups that nobody
/// asked for wait. The doubt ends when the clock comes back, or when it has stayed for ``hold``: then it was right, and
/// the one before was not. A jump back makes nothing old: it raises no doubt, and neither does the way from there to
/// where the clock would be.
struct ClockWatch: Sendable {
    /// How far the clock may run ahead of the time that passed, between two looks.
    static let leapMax = Duration.seconds(3_600)
    /// How far it may be, at a start, ahead of the last moment that was believed: the machine may have been off.
    static let absenceMax = Duration.seconds(7 * 86_400)
    /// How long the server has to be up with the clock as it is before that is believed.
    static let hold = Duration.seconds(24 * 3_600)

    enum Finding: Sendable, Equatable {
        case trusted
        /// How far the clock is ahead of what it should show.
        case doubted(ahead: Duration)
    }

    /// A wall time and an uptime that belong together: from there the clock is reckoned on.
    private var wall: Timestamp
    private var uptime: Duration
    private var allowance: Duration
    private var aheadSince, behindSince: Duration?

    /// - Parameters:
    ///   - mark: the last moment that was believed before this start; nil: not known, and the clock is believed.
    ///   - uptime: time that passes whatever the clock is set to, also while the machine sleeps; from any beginning.
    init(mark: Timestamp?, wall: Timestamp, uptime: Duration) {
        self.wall = mark ?? wall
        self.uptime = uptime
        allowance = mark == nil ? Self.leapMax : Self.absenceMax
    }

    mutating func judge(wall now: Timestamp, uptime nowUptime: Duration) -> Finding {
        let ahead = Duration.milliseconds(now.milliseconds - expected(at: nowUptime).milliseconds)
        aheadSince = ahead > allowance ? aheadSince ?? nowUptime : nil
        behindSince = ahead < .zero - Self.leapMax ? behindSince ?? nowUptime : nil
        if let aheadSince, nowUptime - aheadSince < Self.hold { return .doubted(ahead: ahead) }
        if let behindSince, nowUptime - behindSince < Self.hold { return .trusted }
        wall = now
        uptime = nowUptime
        allowance = Self.leapMax
        aheadSince = nil
        behindSince = nil
        return .trusted
    }

    /// What the clock should show.
    func expected(at now: Duration) -> Timestamp { wall + (now - uptime) }
}
