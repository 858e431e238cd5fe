package import LarderModel

/// What a cleanup is asked to do. Everything that has expired, or is older than its rule keeps it, unless narrowed
/// down.
package struct CleanupRequest: Sendable, Hashable, Codable {
    /// Only look: nothing is removed.
    package var dryRun: Bool
    /// Only this site.
    package var site: String?
    /// Only the store of this name.
    package var store: String?
    /// Only keys under `projects/{project}/` or `{project}/`.
    package var project: String?
    /// Seconds since the last change beyond which an entry goes, in place of what its rule keeps. Without a store or a
    /// project it replaces the `keep` of rules that have one: what is kept for ever goes only where somebody names it.
    package var olderThanSeconds: Int64?
    /// Whether the result names the keys, up to ``keysMax`` of them.
    package var keys: Bool
    /// The moment that decides what is old, in milliseconds since 1970; nil: the job's begin.
    package var asOfMilliseconds: Int64?

    package static let keysMax = 10_000

    package init(
        dryRun: Bool = false, site: SiteID? = nil, store: StoreName? = nil, project: String? = nil,
        olderThan: Duration? = nil, keys: Bool = false
    ) {
        self.dryRun = dryRun
        self.site = site?.text
        self.store = store?.text
        self.project = project
        olderThanSeconds = olderThan?.components.seconds
        self.keys = keys
    }

    /// What a dry run showed, to be removed: the same request at the same moment. What was written, or removed, since
    /// then is left alone.
    package init(confirming dryRun: CleanupRequest, at moment: Timestamp) {
        self = dryRun
        self.dryRun = false
        keys = false
        asOfMilliseconds = moment.milliseconds
    }

    var olderThan: Duration? { olderThanSeconds.map { .seconds($0) } }

    /// The key prefixes that `project` stands for; nil: all keys.
    var prefixes: [[UInt8]]? { project.map { [Array("projects/\($0)/".utf8), Array("\($0)/".utf8)] } }
}
