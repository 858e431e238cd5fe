import Foundation

extension LarderClient {
    /// Copies an entry: content, content type, metadata, and what is left of its TTL. The content goes through this
    /// client; the server keeps it once.
    /// - Parameters:
    ///   - key: the entry.
    ///   - store: its store.
    ///   - target: the key of the copy.
    ///   - targetStore: the copy's store, made by its first entry.
    ///   - condition: what must hold of the target, else nothing is written.
    /// - Returns: the entry that was read, and its copy.
    /// - Throws: ``LarderClientError``: `notFound`, `preconditionFailed`, `entryTooLarge` and others.
    @discardableResult
    public func copy(
        _ key: String, of store: String, to target: String, of targetStore: String, condition: WriteCondition = .always
    ) async throws -> (source: Entry, copy: Entry) {
        let content = try await self.store(store).get(key)
        let entry = content.entry
        let left = entry.expiresAt.map { Duration.seconds(max(1, $0.timeIntervalSinceNow)) }
        let copy = try await self.store(targetStore).set(
            target, .stream(content.body, length: content.body.length), contentType: entry.contentType,
            metadata: entry.metadata, ttl: left, condition: condition)
        return (entry, copy)
    }
}
