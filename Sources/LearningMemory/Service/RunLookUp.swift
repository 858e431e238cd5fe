import BlobStore
import Index
import LarderModel

/// Looks up what a run was in the run's own entries, for runs that were rated and never recorded: the run record
/// `{project}/{run}.json`, the index `projects/{project}/runs/{run}/index.json` and the music's metadata in the audio
/// store.
///
/// A few look-ups of rows by key. What the entries hold was read before.
struct RunLookUp {
    /// Other apps' stores in the site that are tried when the memory's own have nothing.
    static let otherStoresMax = 32

    let readings: MemoryReadings
    let policies: PolicyBook
    let reader: IndexReader
    let now: Timestamp
    /// An entry that is about to be written, and counts as written; nil: none.
    var planned: (name: EntryName, entry: Entry)?

    /// What is known of a rated run.
    enum Known {
        /// It was told, so its entries are not asked.
        case told
        /// What was looked up before, and what its entries say now; nil: they say nothing, and its rating waits.
        case joined(old: RunFacts?, found: RunFacts?)
    }

    /// - Throws: `UnreadContent`.
    func facts(of rated: RatedRunName) throws -> Known {
        let old = try reader.memoryRun(rated.run, of: rated.memory)
        guard old?.source ?? .joined == .joined else { return .told }
        return .joined(old: old, found: try facts(ofRun: rated.run, rated.memory))
    }

    private func facts(ofRun run: Identifier, _ name: MemoryName) throws -> RunFacts? {
        guard let own = MemoryStores(name.store, as: .memory) else { return nil }
        if let facts = try facts(ofRun: run, of: name.project, in: own, site: name.site) { return facts }
        for other in try otherStores(than: own, site: name.site) {
            if let facts = try facts(ofRun: run, of: name.project, in: other, site: name.site) { return facts }
        }
        return nil
    }

    /// An app that keeps its runs in `acme-runs` may well rate them through `/v1/memory`, which means the store
    /// `memory`.
    private func otherStores(than own: MemoryStores, site: SiteID) throws -> [MemoryStores] {
        var others: [MemoryStores] = []
        for store in try reader.stores(of: site, limit: 1_000) {
            guard let stores = MemoryStores(store.name, as: .runs) ?? MemoryStores(store.name, as: .audio),
                stores != own, !others.contains(stores)
            else { continue }
            others.append(stores)
            if others.count == Self.otherStoresMax { break }
        }
        return others
    }

    private func facts(ofRun run: Identifier, of project: Identifier, in stores: MemoryStores, site: SiteID) throws
        -> RunFacts?
    {
        let recordEntry = try entry(stores.store(.runs), "\(project)/\(run).json", site)
        let indexEntry = try entry(stores.store(.runs), "projects/\(project)/runs/\(run)/index.json", site)
        let documents = try readings.runs([recordEntry, indexEntry])
        let record = documents[0], index = documents[1]
        let musicKey = index?.musicKey?.text ?? "projects/\(project)/runs/\(run)/music.mp3"
        let music = try entry(stores.store(.audio), musicKey, site)
        let recordAt = record == nil ? nil : recordEntry?.createdAt
        let indexAt = index == nil ? nil : indexEntry?.createdAt
        guard let known = recordAt ?? indexAt ?? music?.createdAt else { return nil }
        let tags =
            music.flatMap { try? JSONPiece(parsing: $0.metadata.object, maxDepth: .max) }?.fields ?? DocumentFields([])

        var facts = RunFacts(runID: run, source: .joined)
        facts.mood = Self.first(
            record?.mood, record?.composerMood, tags.text("mood"), record?.briefMood, record?.writerMood, index?.mood,
            index?.briefMood)
        facts.musicStyle = Self.first(
            record?.musicStyle, record?.composerStyle, tags.text("musicStyle", "style", "genre"), record?.creditsStyle,
            index?.musicStyle, index?.musicObjectStyle)
        facts.theme = Self.first(
            record?.theme, record?.briefTheme, record?.writerTheme, index?.theme, index?.briefTheme, tags.text("theme"))
        facts.duration = Self.first(
            record?.duration, record?.artifactsDuration, record?.editorDuration, index?.duration, record?.briefLength,
            index?.briefLength, tags.seconds("duration"))
        let time =
            [record?.createdAt, index?.createdAt].lazy.compactMap { $0 }.first { ISOTime.parse($0) != nil }
            ?? known.iso8601
        (facts.timestamp, facts.at) = (time, ISOTime.parse(time) ?? known)
        return facts
    }

    private static func first<Value>(_ values: Value?...) -> Value? { values.lazy.compactMap { $0 }.first }

    /// The entry, unless it has expired; nil when there is none.
    private func entry(_ store: StoreName?, _ key: String, _ site: SiteID) throws -> Entry? {
        guard let store, let key = try? EntryKey(key) else { return nil }
        let name = EntryName(site: site, store: store, key: key)
        if let planned, planned.name == name { return planned.entry }
        return try reader.entry(name).flatMap { $0.isExpired(at: now) ? nil : $0 }
    }
}
