import NIOHTTP1

/// A log of a store: events that are appended, read, followed and forgotten, such as the turns of a conversation. A
/// value: making one asks nothing of the server.
///
///     let log = client.store("conversations").log("ada/trip")
///     try await log.append(["role": "user", "content": "Where to?"])
///     for event in try await log.tail(40).events { print(event.fields["content"]?.string ?? "") }
///
/// Whether a key is a log, the store's policy says (`log: true`); every call throws ``LarderClientError`` `notALog` for
/// one that isn't.
public struct Log: Sendable {
    /// The store.
    public let store: String
    /// The log's name within the store: 1–1,024 bytes of UTF-8, opaque.
    public let key: String
    let transport: Transport

    /// - Throws: ``LarderClientError`` `invalidKey`: an empty key would address the list of all logs, and a DELETE of
    ///   that must not become one of everything.
    func request(_ method: HTTPMethod) throws -> WireRequest {
        guard !key.isEmpty else { throw LarderClientError(.invalidKey, "The key is empty.") }
        return WireRequest(method, WirePath.log(store, key))
    }
}

extension Store {
    /// The log under this key; no request is made, and it need not exist: its first event makes it.
    /// - Parameter key: 1–1,024 bytes of UTF-8. An empty one is refused by every call.
    public func log(_ key: String) -> Log { Log(store: name, key: key, transport: transport) }
}
