import LarderHTTP
import LarderModel
import LearningMemory

extension Face {
    /// The learning memories of projects (contract §4.4): `/v1/memory/{project}[/{part}]`.
    static let memory = Face(
        label: "memory", errors: .json,
        routes: [
            Route("/v1/memory", credentials: [.token, .cookie], crossOrigin: .listed) { (path, _) throws(LarderError) in
                guard let path, !path.isEmpty else { return nil }
                let (projectText, rest) = path.cut()
                guard let project = Identifier(validating: PercentCoding.decode(projectText)), !project.isEmpty,
                    !project.bytes.contains(UInt8(ascii: "/"))
                else { throw LarderError(.invalidKey, "A project ID is UTF-8, not empty, and holds no '/'.") }
                guard let rest, !rest.isEmpty else { return Resource(project, MemoryDocument.kind) }
                return MemoryParts.kinds.first { rest.isWord($0.name) }.map { Resource(project, $0) }
            }
        ])
}

/// The memory that a request is about.
enum MemoryPlace {
    /// An app's own store (`?store=acme-memory`), else `memory`.
    static func store(_: Identifier, _ caller: Caller) throws(LarderError) -> StoreName {
        let store = try StoreName(try caller.request.queryText("store") ?? "memory")
        _ = try MemoryService.evaluationStore(of: store)
        return store
    }

    static func name(_ project: Identifier, _ call: Call) throws(LarderError) -> MemoryName {
        MemoryName(site: call.permit.site, store: try call.permit.oneStore(), project: project)
    }
}
