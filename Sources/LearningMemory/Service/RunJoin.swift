import Index
import LarderModel

/// Looks up what a run was in the run's own entries, for runs that were rated and never recorded: the run record
/// `{project}/{run}.json`, the index `projects/{project}/runs/{run}/index.json` and the music's metadata in the audio
/// store.
///
/// A few look-ups by key on the writer's thread, and at most two documents of ``recordMax`` bytes, read only for rated
/// runs.
struct RunJoin {
    /// Bytes of a run record that is looked into. The recorded pipeline's has 35 KB when it is done.
    static let recordMax = 2 << 20
    /// Other apps' stores in the site that are tried when the memory's own have nothing.
    static let otherStoresMax = 32

    let text: EntryText
    let policies: PolicyBook
    let reader: IndexReader
    let now: Timestamp

    /// - Returns: nil when no entry says anything of the run: its rating waits.
    func facts(ofRun run: String, _ name: MemoryName) throws -> RunFacts? {
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

    private func facts(ofRun run: String, of project: String, in stores: MemoryStores, site: SiteID) throws -> RunFacts?
    {
        let (record, recordAt) = try object(stores.store(.runs), "\(project)/\(run).json", site)
        let (index, indexAt) = try object(stores.store(.runs), "projects/\(project)/runs/\(run)/index.json", site)
        let musicKey = index.text("musicKey") ?? "projects/\(project)/runs/\(run)/music.mp3"
        let music = try entry(stores.store(.audio), musicKey, site)
        guard let known = recordAt ?? indexAt ?? music?.createdAt else { return nil }
        let tags = music.flatMap { try? JSONPiece(parsing: $0.metadata.object) }?.fields ?? DocumentFields([])

        let composer = record.object("agentResults", "composer", "data"),
            writer = record.object("agentResults", "writer", "data")
        let credits = record.object("agentResults", "attribution", "data", "ai_attribution", "music")
        let brief = record.object("brief"), indexBrief = index.object("brief"), indexMusic = index.object("music")
        var facts = RunFacts(runID: run, source: .joined)
        facts.mood =
            record.text("mood") ?? composer.text("mood") ?? tags.text("mood") ?? brief.text("mood") ?? writer.text(
                "mood") ?? index.text("mood")
            ?? indexBrief.text("mood")
        facts.musicStyle =
            record.text("musicStyle") ?? composer.text("musicStyle", "style", "genre") ?? tags.text(
                "musicStyle", "style", "genre")
            ?? credits.text("style", "genre") ?? index.text("musicStyle") ?? indexMusic.text("style", "genre")
        facts.theme =
            record.text("theme") ?? brief.text("theme") ?? writer.text("theme") ?? index.text("theme")
            ?? indexBrief.text("theme")
            ?? tags.text("theme")
        facts.duration =
            record.seconds("duration") ?? record.object("artifacts").seconds("duration") ?? record.object(
                "agentResults", "editor", "data"
            ).seconds(
                "duration")
            ?? index.seconds("duration") ?? brief.seconds("videoLength") ?? indexBrief.seconds("videoLength")
            ?? tags.seconds("duration")
        let time =
            [record.text("createdAt"), index.text("createdAt")].lazy.compactMap { $0 }.first {
                ISOTime.parse($0) != nil
            } ?? known.iso8601
        (facts.timestamp, facts.at) = (time, ISOTime.parse(time) ?? known)
        return facts
    }

    private func entry(_ store: StoreName?, _ key: String, _ site: SiteID) throws -> Entry? {
        guard let store, let key = try? EntryKey(key) else { return nil }
        return try reader.entry(EntryName(site: site, store: store, key: key)).flatMap {
            $0.isExpired(at: now) ? nil : $0
        }
    }

    /// The fields of an entry, and when it was made; no fields when it isn't there or isn't an object.
    private func object(_ store: StoreName?, _ key: String, _ site: SiteID) throws -> (DocumentFields, Timestamp?) {
        guard let entry = try entry(store, key, site) else { return (DocumentFields([]), nil) }
        // Damage is told when the entry itself is read; here it only means that the run stays unknown.
        guard let bytes = try? text.read(entry, reader, limit: Self.recordMax),
            let fields = (try? JSONPiece(parsing: bytes))?.fields
        else {
            return (DocumentFields([]), nil)
        }
        return (fields, entry.createdAt)
    }
}

extension DocumentFields {
    /// The object at the end of a path; one without fields when there is none.
    fileprivate func object(_ path: String...) -> DocumentFields {
        var fields = self
        for name in path { fields = fields[name]?.fields ?? DocumentFields([]) }
        return fields
    }

    /// A number, also one that is written as a string, as metadata often are.
    fileprivate func seconds(_ name: String) -> Double? {
        let number = self[name]?.number ?? self[name]?.string.flatMap { Double($0) }
        return number.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}
