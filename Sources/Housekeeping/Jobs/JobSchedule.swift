/// What the server does by itself, and how often.
package struct JobSchedule: Sendable {
    /// Between two cleanups, each followed by a collection; nil: never.
    package var cleanupEvery: Duration?
    /// In which every object is read once; nil: never.
    package var scrubPeriod: Duration?

    /// How often snapshots are made, and how many are kept; nil: none are made.
    package var backup: Backup?

    package struct Backup: Sendable, Hashable {
        package let every: Duration
        /// The last so many; nil: all.
        package let keep: Int?

        /// Until one is tried again that failed: a tenth of the time between two, a minute to an hour.
        var retryAfter: Duration { min(max(every / 10, .seconds(60)), .seconds(3_600)) }

        package init(every: Duration, keep: Int?) {
            self.every = every
            self.keep = keep
        }
    }

    /// Between two looks at whether a snapshot is due.
    static let backupLookEvery = Duration.seconds(60)
    /// How far an interval may be shorter or longer, so that several servers on one disk don't work at the same moment.
    static let jitter = 0.1
    /// Nothing begins by itself sooner after the start.
    static let firstAfter: ClosedRange<Double> = 60...300
    /// Between two collections that also compare every count and every file with reality.
    static let fullCollectEvery = Duration.seconds(24 * 3_600)
    /// Between two looks for what nodes that are gone have left.
    static let lookEvery = Duration.seconds(5)
    /// A node that was not heard of for so long is forgotten.
    static let nodesKept = Duration.seconds(24 * 3_600)
    /// The scrub begins so long after the start.
    static let scrubAfter = Duration.seconds(3_600)

    package init(
        cleanupEvery: Duration? = .seconds(3_600), scrubPeriod: Duration? = .seconds(30 * 24 * 3_600),
        backup: Backup? = nil
    ) {
        self.cleanupEvery = cleanupEvery
        self.scrubPeriod = scrubPeriod
        self.backup = backup
    }

    /// Nothing by itself.
    package static let none = JobSchedule(cleanupEvery: nil, scrubPeriod: nil)

    /// An interval with its jitter.
    static func spread(_ interval: Duration) -> Duration { interval * Double.random(in: 1 - jitter...1 + jitter) }
}
