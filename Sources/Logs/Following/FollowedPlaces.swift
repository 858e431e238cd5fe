import Index
import LarderModel

/// How far a node has told its followers of what they follow, and what it has to look at. Holds as many places as there
/// are subjects.
struct FollowedPlaces {
    typealias Subject = FollowerHub.Subject

    /// Of a log, the last sequence number that was told; of a store, the position up to which all was. Whoever joined
    /// later has read further. None: nobody has said yet where they begin.
    private(set) var places: [Subject: Int64] = [:]
    /// What the last look found of an entry or job.
    private var found: [Subject: Int] = [:]
    /// What may have changed.
    private var wanted: Set<Subject> = []
    /// What was not settled.
    private var wantedLater: Set<Subject> = []
    /// The position up to which the last look has seen all events; nil: there was none since anybody follows.
    var lookedTo: Int64?
    var isLookDue = false
    /// Where a look at entries and jobs goes on.
    var turn = 0

    // MARK: What to look at

    mutating func want(_ subjects: some Sequence<Subject>) { wanted.formUnion(subjects) }

    mutating func takeWanted() -> Set<Subject> {
        defer { wanted = [] }
        return wanted
    }

    /// - Returns: whether nothing was wanted later before: who asks calls ``wantNow()`` in a moment.
    mutating func wantLater(_ subjects: [Subject]) -> Bool {
        let isFirst = wantedLater.isEmpty && !subjects.isEmpty
        wantedLater.formUnion(subjects)
        return isFirst
    }

    mutating func wantNow() {
        wanted.formUnion(wantedLater)
        wantedLater = []
    }

    mutating func takeLook() -> Bool {
        defer { isLookDue = false }
        return isLookDue
    }

    // MARK: How far it is

    /// - Returns: whether it is the first of the subject's followers.
    mutating func joined(_ subject: Subject, at place: Int64) -> Bool {
        guard places[subject] == nil else { return false }
        places[subject] = place
        if case .store = subject { wanted.insert(subject) }
        return true
    }

    /// Whether what was committed here can be told at once; otherwise it is wanted. Of a log nothing may be missing
    /// before it, or each follower would read what is. Of a store it never can.
    mutating func isNext(_ change: LogChange, _ subject: Subject) -> Bool {
        if case .log = subject {
            guard let last = places[subject], let first = change.events.first, first.sequence > last + 1 else {
                return true
            }
        }
        wanted.insert(subject)
        return false
    }

    /// A change of a log was told.
    mutating func told(_ change: LogChange) {
        guard !change.events.isEmpty, let last = places[.log(change.name)] else { return }
        places[.log(change.name)] = max(last, change.last)
    }

    mutating func told(_ subject: Subject, upTo place: Int64) {
        if let before = places[subject] { places[subject] = max(before, place) }
    }

    /// - Returns: whether an entry or job is other than at the last look; at the first it may be.
    mutating func isOther(_ subject: Subject, _ state: Int) -> Bool {
        found.updateValue(state, forKey: subject) != state
    }

    /// Nobody follows it any more.
    mutating func forget(_ subject: Subject) {
        places[subject] = nil
        found[subject] = nil
    }
}
