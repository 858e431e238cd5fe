import LarderModel

/// What an entry means to a memory, told from its name alone.
enum MemoryConcern {
    /// `{project}/memory_index.json`: the document.
    case document(MemoryName)
    /// `{run}/evaluation.json`, or `{project}/{run}/{anything}.json` as old code keeps its ratings. The store is the
    /// memory store.
    case evaluation(memory: StoreName, project: String?, run: String)
    /// An entry that says what a run was: `{project}/{run}.json` or `projects/{project}/runs/{run}/index.json` in a
    /// runs store, `projects/{project}/runs/{run}/{file}` in an audio store.
    case run(project: String, run: String)

    static let documentName = "memory_index.json"
    static let evaluationName = "evaluation.json"

    /// - Parameter policies: a store plays its role only while its policy is the one of that name.
    /// - Returns: nil for entries that are none of a memory's business.
    init?(_ name: EntryName, _ policies: PolicyBook) {
        guard let role = MemoryStores.Role.allCases.first(where: { MemoryStores(name.store, as: $0) != nil }),
            let stores = MemoryStores(name.store, as: role), let concern = Self.concern(name, role, stores),
            policies.policy(for: name.store).name == role.rawValue
        else { return nil }
        self = concern
    }

    private static func concern(_ name: EntryName, _ role: MemoryStores.Role, _ stores: MemoryStores) -> MemoryConcern?
    {
        let parts = name.key.text.parts(separatedBy: "/").map(String.init)
        guard parts.count <= 5, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        switch (role, parts.count) {
        case (.memory, 2) where parts[1] == documentName:
            return .document(MemoryName(site: name.site, store: name.store, project: parts[0]))
        case (.evals, 2) where parts[1] == evaluationName:
            return stores.store(.memory).map { .evaluation(memory: $0, project: nil, run: parts[0]) }
        case (.evals, 3) where parts[2].hasSuffix(".json"):
            return stores.store(.memory).map { .evaluation(memory: $0, project: parts[0], run: parts[1]) }
        case (.runs, 2) where parts[1].hasSuffix(".json"):
            return .run(project: parts[0], run: String(parts[1].dropLast(5)))
        case (.runs, 5) where parts[0] == "projects" && parts[2] == "runs" && parts[4] == "index.json",
            (.audio, 5) where parts[0] == "projects" && parts[2] == "runs":
            return .run(project: parts[1], run: parts[3])
        default: return nil
        }
    }
}

extension MemoryName {
    /// - Throws: `LarderError` `.invalidKey`.
    package func entry() throws(LarderError) -> EntryName {
        EntryName(site: site, store: store, key: try EntryKey("\(project)/\(MemoryConcern.documentName)"))
    }
}
