package import LarderModel

/// What an entry means to a memory, told from its name alone.
enum MemoryConcern {
    /// `{project}/memory_index.json`: the document.
    case document(MemoryName)
    /// `{run}/evaluation.json`, or `{project}/{run}/{anything}.json` as old code keeps its ratings. The store is the
    /// memory store.
    case evaluation(memory: StoreName, project: Identifier?, run: Identifier)
    /// An entry that says what a run was: `{project}/{run}.json` or `projects/{project}/runs/{run}/index.json` in a
    /// runs store, `projects/{project}/runs/{run}/{file}` in an audio store.
    case run(project: Identifier, run: Identifier)

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
        let parts = name.key.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 5, parts.allSatisfy({ !$0.isEmpty }), isValidUTF8(name.key.bytes) else { return nil }
        func part(_ place: Int, is word: String) -> Bool { parts[place].elementsEqual(word.utf8) }
        func isJSON(_ place: Int) -> Bool { parts[place].suffix(jsonEnding.count).elementsEqual(jsonEnding) }
        func identifier(_ place: Int) -> Identifier { Identifier(trusted: Array(parts[place])) }
        switch (role, parts.count) {
        case (.memory, 2) where part(1, is: documentName):
            return .document(MemoryName(site: name.site, store: name.store, project: identifier(0)))
        case (.evals, 2) where part(1, is: evaluationName):
            return stores.store(.memory).map { .evaluation(memory: $0, project: nil, run: identifier(0)) }
        case (.evals, 3) where isJSON(2):
            return stores.store(.memory).map { .evaluation(memory: $0, project: identifier(0), run: identifier(1)) }
        case (.runs, 2) where isJSON(1):
            return .run(project: identifier(0), run: Identifier(trusted: Array(parts[1].dropLast(jsonEnding.count))))
        case (.runs, 5) where part(0, is: "projects") && part(2, is: "runs") && part(4, is: "index.json"),
            (.audio, 5) where part(0, is: "projects") && part(2, is: "runs"):
            return .run(project: identifier(1), run: identifier(3))
        default: return nil
        }
    }

    private static let jsonEnding = Array(".json".utf8)
}

extension MemoryName {
    /// - Throws: `LarderError` `.invalidKey`.
    package func entry() throws(LarderError) -> EntryName {
        EntryName(site: site, store: store, key: try EntryKey("\(project)/\(MemoryConcern.documentName)"))
    }
}
