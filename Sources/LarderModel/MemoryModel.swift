/// Whose learning memory it is: a project, in one of a site's memory stores. Its document is the entry
/// `{project}/memory_index.json`.
package struct MemoryName: Hashable, Sendable {
    package let site: SiteID
    /// The memory store: `memory`, or an app's own such as `acme-memory`.
    package let store: StoreName
    package let project: Identifier

    package init(site: SiteID, store: StoreName, project: Identifier) {
        self.site = site
        self.store = store
        self.project = project
    }
}

/// What a viewer said of a run.
package enum Rating: String, Sendable, Hashable, CaseIterable {
    case good, bad
}

/// What is known of a run, without its evaluations.
package struct RunFacts: Sendable, Hashable {
    /// Who said so. A later word replaces an earlier one, whoever said it, but what was only looked up never replaces
    /// what was told.
    package enum Source: Int, Sendable {
        /// Told by `POST …/runs`.
        case recorded = 0
        /// Stood in a document that was written whole.
        case document = 1
        /// Looked up in the run's own entries, because it was rated. Goes when its last evaluation goes.
        case joined = 2
    }

    package var runID: Identifier
    package var source: Source
    /// ISO 8601 as it was given; nil: unknown.
    package var timestamp: String?
    /// The same as a moment, for the order of the history; unknown ones come first.
    package var at: Timestamp
    package var theme: String?
    package var musicStyle: String?
    package var mood: String?
    /// Seconds.
    package var duration: Double?
    /// The rating that a whole-written document gave it. An evaluation, where there is one, says more.
    package var documentRating: Rating?
    /// Fields that Larder doesn't know, as they were written: `"a":1,"b":2`. Empty: none.
    package var extra: [UInt8]

    package init(
        runID: Identifier, source: Source, timestamp: String? = nil, at: Timestamp = Timestamp(milliseconds: 0),
        theme: String? = nil,
        musicStyle: String? = nil, mood: String? = nil, duration: Double? = nil, documentRating: Rating? = nil,
        extra: [UInt8] = []
    ) {
        self.runID = runID
        self.source = source
        self.timestamp = timestamp
        self.at = at
        self.theme = theme
        self.musicStyle = musicStyle
        self.mood = mood
        self.duration = duration
        self.documentRating = documentRating
        self.extra = extra
    }
}

/// An evaluation entry, as far as it concerns the memory.
package struct EvaluationFacts: Sendable, Hashable {
    /// Its key in the evals store.
    package var key: EntryKey
    /// nil: the entry doesn't say; the run of this ID claims it, for run IDs are unique in a site.
    package var project: Identifier?
    package var runID: Identifier
    package var rating: Rating
    /// When it was given. Of several of one run the latest counts.
    package var at: Timestamp

    package init(key: EntryKey, project: Identifier?, runID: Identifier, rating: Rating, at: Timestamp) {
        self.key = key
        self.project = project
        self.runID = runID
        self.rating = rating
        self.at = at
    }
}
