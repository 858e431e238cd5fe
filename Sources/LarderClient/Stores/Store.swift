import NIOCore
import NIOHTTP1

/// A named container of entries. A value: making one costs nothing and asks nothing of the server.
public struct Store: Sendable {
    /// 1–64 bytes of UTF-8 without `/`.
    public let name: String
    let transport: Transport

    func request(_ method: HTTPMethod, _ key: String) throws -> WireRequest {
        // An empty key would address the store's list: a DELETE of it must not become one of everything.
        guard !key.isEmpty else { throw LarderClientError(.invalidKey, "The key is empty.") }
        return WireRequest(method, WirePath.entry(name, key))
    }
}
