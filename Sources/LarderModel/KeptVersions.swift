/// How many of an entry's replaced contents are kept, or for how long.
package enum KeptVersions: Sendable, Hashable {
    /// The newest so many of each entry, 1 to ``countMax``; the current content is not among them.
    case newest(Int)
    /// Each for so long since it was replaced.
    case period(Duration)

    /// The most that a rule may keep of one entry.
    package static let countMax = 1_000
}

extension Policy.Rule {
    /// A version that was replaced then, or before, is past its time; nil: its time never ends.
    package func versionCutoff(at now: Timestamp) -> Timestamp? {
        switch versions {
        case nil: now
        case .newest?: keep.map { now - $0 }
        case .period(let period)?: now - min(period, keep ?? period)
        }
    }
}
