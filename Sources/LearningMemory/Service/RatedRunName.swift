import Index
import LarderModel

/// A run that was rated, in the memory that the rating counts in.
struct RatedRunName: Hashable, Sendable {
    let run: Identifier
    let memory: MemoryName

    init(_ run: Identifier, of project: Identifier, in store: StoreName, _ site: SiteID) {
        self.run = run
        memory = MemoryName(site: site, store: store, project: project)
    }

    /// The memories of a project that know a rating of its run, or would if they knew whose run it was.
    static func all(_ run: Identifier, of project: Identifier, in site: SiteID, _ reader: IndexReader) throws
        -> [RatedRunName]
    {
        var names: Set<RatedRunName> = []
        for (store, evaluation) in try reader.memoryEvaluations(ofRun: run, in: site)
        where evaluation.project ?? project == project {
            names.insert(RatedRunName(run, of: project, in: store, site))
        }
        return Array(names)
    }
}
