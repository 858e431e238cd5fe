import Foundation
import LarderModel
import NIOCore
import NIOHTTP1

/// Answers of the KV face.
struct KVEnvelope<Result: Decodable>: Decodable {
    struct Info: Decodable {
        var cursor: String?
        var total_count: Int?
    }
    var result: Result
    var result_info: Info?
}

/// A result that says nothing.
struct KVNothing: Decodable {}

extension LarderClient {
    /// Where the namespaces of the client's site are.
    var kvPath: String {
        let own = String(repeating: "0", count: 2 * NamespaceID.byteCount)
        return "/client/v4/accounts/\(WirePath.segment(transport.site ?? own))/storage/kv/namespaces"
    }

    func kv<Result: Decodable>(_ type: Result.Type, _ request: WireRequest) async throws -> KVEnvelope<Result> {
        try await transport.json(KVEnvelope<Result>.self, request)
    }

    func kvRequest(_ method: HTTPMethod, _ path: String, _ body: some Encodable) throws -> WireRequest {
        var request = WireRequest(method, path)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try ClientJSON.encode(body))
        return request
    }

    /// All namespaces that the token may see, by title: every store is one.
    public func namespaces() async throws -> [KVNamespaceInfo] {
        var found: [KVNamespaceInfo] = []
        var page = 1
        while true {
            var request = WireRequest(.GET, kvPath)
            request.query = [("page", "\(page)"), ("per_page", "1000")]
            let answer = try await kv([KVNamespaceInfo].self, request)
            found += answer.result
            guard !answer.result.isEmpty, found.count < answer.result_info?.total_count ?? 0 else { return found }
            page += 1
        }
    }

    /// Makes a namespace, and so an empty store.
    /// - Throws: ``LarderClientError`` `malformedRequest` when there is a store of that name.
    public func createNamespace(_ title: String) async throws -> KVNamespaceInfo {
        try await kv(KVNamespaceInfo.self, try kvRequest(.POST, kvPath, ["title": title])).result
    }

    /// Gives a namespace another name; ID and keys stay.
    public func renameNamespace(_ id: String, to title: String) async throws -> KVNamespaceInfo {
        let path = kvPath + "/" + WirePath.segment(id)
        return try await kv(KVNamespaceInfo.self, try kvRequest(.PUT, path, ["title": title])).result
    }

    /// Removes a namespace with all that it holds; its name is free when this returns.
    public func deleteNamespace(_ id: String) async throws {
        _ = try await kv(KVNothing.self, WireRequest(.DELETE, kvPath + "/" + WirePath.segment(id)))
    }

    /// The values of a namespace.
    public func keyValues(of namespace: String) -> KeyValues { KeyValues(client: self, id: namespace) }
}
