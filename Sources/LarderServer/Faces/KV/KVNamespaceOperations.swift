import Access
import BlobStore
import Housekeeping
import LarderHTTP
import LarderModel
import NIOHTTP1

/// One namespace.
enum KVNamespaceOperations {
    /// `…/namespaces/{id}`: shown, renamed by `PUT {title}`, removed.
    static let kind = ResourceKind<KVNamespace>(
        "kv namespace",
        [
            .task(.GET, by: .kv(.read)) { namespace, call, _ in
                guard let id = namespace.id, let store = call.permit.namespace else {
                    return KVAnswer.noNamespace
                }
                return KVAnswer.result { $0.namespace(id, store.name) }
            },
            .task(.PUT, by: .kv(.write)) { namespace, call, body in try await rename(namespace, call, body) },
            .task(.DELETE, by: .kv(.write)) { namespace, call, _ in try await remove(namespace, call) },
        ])

    /// The token must be one for both names.
    private static func rename(_ namespace: KVNamespace, _ call: Call, _ body: IncomingBody) async throws -> Answer {
        guard let id = namespace.id, let store = call.permit.namespace else { return KVAnswer.noNamespace }
        let title = try await KVNamespaceList.title(body, call)
        try call.permit.principal?.check(.write, site: store.site, store: title)
        guard let renamed = try await call.server.namespaces.rename(id, store, to: title) else {
            return KVAnswer.titleTaken
        }
        return KVAnswer.result { $0.namespace(id, renamed.store.name) }
    }

    private static func remove(_ namespace: KVNamespace, _ call: Call) async throws -> Answer {
        guard let id = namespace.id, let store = call.permit.namespace else { return KVAnswer.noNamespace }
        try await call.server.jobs.remove(StoreNamespace(id: id, store: store), by: call.permit.requester)
        return KVAnswer.done
    }
}
