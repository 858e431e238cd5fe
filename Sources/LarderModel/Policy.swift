/// What a store's `Stores/*.yaml` file says about it.
package struct Policy: Sendable, Equatable {
    /// Whether objects are kept as gzip.
    package enum Compression: String, Sendable, CaseIterable {
        /// By media type and a sample of the content.
        case auto
        case always
        case never
    }

    package var name: String
    package var matches: [Glob]
    /// For people; shown by `larder stats` and the console.
    package var summary: String
    package var compression: Compression
    /// Whether GET and HEAD through the public path need no token.
    package var isPublic: Bool
    /// What caches may do with public reads, where no rule says otherwise; nil: ask again each time.
    package var cacheControl: CacheControl?
    /// What makes the store a vault; nil: it is none, and nothing in it is searched.
    package var index: Index?
    /// First match wins.
    package var rules: [Rule]
    /// The file that says so; nil: none does.
    package var source: Source?

    package init(
        name: String, matches: [Glob], summary: String = "", compression: Compression = .auto, isPublic: Bool = false,
        cacheControl: CacheControl? = nil, index: Index? = nil, rules: [Rule]
    ) {
        self.name = name
        self.matches = matches
        self.summary = summary
        self.compression = compression
        self.isPublic = isPublic
        self.cacheControl = cacheControl
        self.index = index
        self.rules = rules
    }

    /// Where a policy comes from.
    package struct Source: Sendable, Equatable {
        /// The file's name, without its folder.
        package let file: String
        /// Whether the binary carries it; else it is of the folder that the server was given.
        package let isShipped: Bool

        package init(file: String, isShipped: Bool) {
            self.file = file
            self.isShipped = isShipped
        }
    }

    /// What holds for the keys that match a pattern.
    package struct Rule: Sendable, Equatable {
        package var keys: Glob
        /// Largest content an entry may have, in bytes; for a log, the largest event.
        package var maxSize: ByteCount
        /// How long an entry is kept after its last change; nil: for ever.
        package var keep: Duration?
        /// How long after its last write an entry is as good as gone; nil: never by itself. What a write asks for goes
        /// before it.
        package var ttl: Duration?
        /// What puts the end of a ``ttl`` off.
        package var slide: Slide
        /// Set when the keys are logs.
        package var log: LogRule?
        /// What caches may do with public reads; nil: what the policy says.
        package var cacheControl: CacheControl?
        /// Which of the contents that writes and deletions replace are kept; nil: none. Logs have none.
        package var versions: KeptVersions?

        package init(
            keys: Glob, maxSize: ByteCount, keep: Duration? = nil, ttl: Duration? = nil, slide: Slide = .write,
            log: LogRule? = nil, cacheControl: CacheControl? = nil, versions: KeptVersions? = nil
        ) {
            self.keys = keys
            self.maxSize = maxSize
            self.keep = keep
            self.ttl = ttl
            self.slide = slide
            self.log = log
            self.cacheControl = cacheControl
            self.versions = versions
        }
    }

    /// What puts the end of an entry's time off.
    package enum Slide: String, Sendable, CaseIterable {
        case write
        /// Reads, too.
        case read
    }

    /// What the events of a log say of it.
    package enum States: String, Sendable, CaseIterable {
        /// That it is a run, which goes on, stalls and ends (contract §4.3).
        case run
        /// Nothing: it never ends.
        case none
    }

    /// What a log's rule adds.
    package struct LogRule: Sendable, Equatable {
        /// The newest this many events are kept, at least 1; nil: all.
        package var maxEvents: Int?
        /// Bytes of the kept events together, at least those of one event; nil: as many as they have.
        package var maxBytes: ByteCount?
        package var states: States
        /// A running log without an event for this long is called stalled.
        package var stalledAfter: Duration
        /// Agents whose finished status ends the run; nil: those of contract §4.3. An event without an agent speaks
        /// for the run itself and ends it in any case.
        package var endedBy: [Identifier]?
        package var completeAt: Completion

        package init(
            maxEvents: Int? = 200, maxBytes: ByteCount? = nil, states: States = .run,
            stalledAfter: Duration = .seconds(15 * 60), endedBy: [Identifier]? = nil,
            completeAt: Completion = .progress
        ) {
            self.maxEvents = maxEvents
            self.maxBytes = maxBytes
            self.states = states
            self.stalledAfter = stalledAfter
            self.endedBy = endedBy
            self.completeAt = completeAt
        }
    }

    /// What completes a run.
    package enum Completion: String, Sendable, CaseIterable {
        /// A finished status, or a progress of 100 from any agent.
        case progress
        /// A finished status alone.
        case agent
    }
}

/// All policies of a server, and the answer to «what holds for this entry?».
package struct PolicyBook: Sendable {
    /// A policy file as it was read.
    package struct File: Sendable, Hashable {
        /// Without its folder.
        package let name: String
        package let text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// In order of their names.
    package let policies: [Policy]
    /// What they were read from; empty: from nothing.
    package private(set) var files: [File] = []
    private let fallback: Policy

    /// The largest content a rule may allow and the bound where none does: 5 GB.
    package static let maxSizeDefault = ByteCount(5_000_000_000)

    /// - Throws: ``LarderError`` `.invalidPolicy` when two policies have one name or claim one store.
    package init(_ policies: [Policy]) throws(LarderError) {
        let sorted = policies.sorted { $0.name < $1.name }
        for (i, a) in sorted.enumerated() {
            for b in sorted[(i + 1)...] {
                if a.name == b.name { throw LarderError(.invalidPolicy, "two policies are called '\(a.name)'") }
                for (x, y) in a.matches.flatMap({ x in b.matches.map { (x, $0) } }) where x.overlaps(y) {
                    throw LarderError(
                        .invalidPolicy,
                        """
                        policies '\(a.name)' (\(x)) and '\(b.name)' (\(y)) claim the same store names; make the \
                        patterns distinct
                        """
                    )
                }
            }
        }
        self.policies = sorted
        fallback =
            sorted.first { $0.name == "default" } ?? Policy(name: "default", matches: [], rules: [Self.lastResort])
    }

    /// The same, read from these files.
    package init(_ policies: [Policy], from files: [File]) throws(LarderError) {
        try self.init(policies)
        self.files = files
    }

    /// The policy of a store; the one called `default` when no pattern claims the name.
    package func policy(for store: StoreName) -> Policy {
        policies.first { $0.matches.contains { $0.matches(store.bytes) } } ?? fallback
    }

    /// The first rule that matches; a key that no rule of its store names falls to the default policy's, and at last to
    /// 5 GB for ever.
    package func rule(for key: EntryKey, in policy: Policy) -> Policy.Rule {
        if let rule = policy.rules.first(where: { $0.keys.matches(key.bytes) }) { return rule }
        if let rule = fallback.rules.first(where: { $0.keys.matches(key.bytes) }) { return rule }
        return Self.lastResort
    }

    private static let lastResort: Policy.Rule = {
        guard let all = try? Glob("**") else { preconditionFailure("'**' is a pattern") }
        return Policy.Rule(keys: all, maxSize: maxSizeDefault)
    }()
}
