import Access
import BlobStore
import LarderHTTP
import LarderModel
import LearningMemory
import NIOHTTP1

/// `/v1/memory/{project}`: all that is known of a project.
enum MemoryDocument {
    static let kind = ResourceKind<Identifier>(
        "document",
        [
            .any(.GET, .HEAD, by: .storeOrSigned(.read, MemoryPlace.store)) { project, call in
                let name = try MemoryPlace.name(project, call)
                if call.request.follows { return try MemoryStream.follow(name, call) }
                return .task { _ in try await read(name, call) }
            },
            .task(.DELETE, by: .store(.write, MemoryPlace.store)) { project, call, _ in
                guard try await call.server.memory.forget(try MemoryPlace.name(project, call)) else {
                    throw LarderError(.notFound, "Nothing is remembered of the project '\(project)'.")
                }
                return Answer(.noContent)
            },
        ])

    /// Of a project about which nothing is known, an empty one.
    static func read(_ name: MemoryName, _ call: Call) async throws -> Answer {
        guard let content = try await call.server.memory.document(name) else {
            return .json(.ok, MemoryService.emptyDocument)
        }
        return try EntryAnswer.make(content, for: call.request, now: call.server.blobs.now) { _ in }
    }
}
