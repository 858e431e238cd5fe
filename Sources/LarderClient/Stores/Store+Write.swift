import Foundation
import LarderModel
public import NIOCore
import NIOHTTP1

extension Store {
    /// Writes an entry, whole: content, metadata and content type change together. When it returns, the entry survives
    /// a power cut.
    /// - Parameters:
    ///   - key: 1–600 bytes of UTF-8, not starting with `/`.
    ///   - body: the content, of any size that the store's policy allows.
    ///   - contentType: its media type; nil: `application/octet-stream`.
    ///   - metadata: a JSON object of at most 2 KiB, returned with every read.
    ///   - ttl: the entry goes away this long after now, in whole seconds, at least one; nil: the store's policy alone
    ///     decides.
    ///   - condition: what must hold, else nothing is written.
    /// - Returns: the entry as it now stands.
    /// - Throws: ``LarderClientError``: `preconditionFailed`, `entryTooLarge`, `invalidKey`, `invalidMetadata`,
    ///   `diskFull` and others.
    @discardableResult
    public func set(
        _ key: String, _ body: UploadBody, contentType: String? = nil, metadata: EntryMetadata = [:],
        ttl: Duration? = nil,
        condition: WriteCondition = .always
    ) async throws -> Entry {
        var request = try request(.PUT, key)
        request.body = body
        request.headers.add(name: "content-type", value: contentType ?? MediaType.octetStream)
        if !metadata.isEmpty {
            request.headers.add(name: "larder-metadata", value: metadata.header)
        }
        if let ttl {
            request.headers.add(name: "larder-ttl", value: Duration.seconds(max(1, ttl.components.seconds)).policyText)
        }
        condition.apply(to: &request.headers)
        return try await transport.json(Entry.self, request)
    }

    /// Writes an entry without asking what it looks like then: for many at once.
    func upload(_ key: String, _ body: UploadBody, contentType: String, metadata: EntryMetadata, ttl: Duration? = nil)
        async throws
    {
        var request = try request(.PUT, key)
        request.body = body
        request.headers.add(name: "content-type", value: contentType)
        if !metadata.isEmpty {
            request.headers.add(name: "larder-metadata", value: metadata.header)
        }
        if let ttl {
            request.headers.add(name: "larder-ttl", value: Duration.seconds(max(1, ttl.components.seconds)).policyText)
        }
        _ = try await transport.head(request)
    }

    /// Writes bytes; see ``set(_:_:contentType:metadata:ttl:condition:)-(_,UploadBody,_,_,_,_)``.
    @discardableResult
    public func set(
        _ key: String, _ bytes: [UInt8], contentType: String? = nil, metadata: EntryMetadata = [:],
        ttl: Duration? = nil,
        condition: WriteCondition = .always
    ) async throws -> Entry {
        try await set(key, .bytes(bytes), contentType: contentType, metadata: metadata, ttl: ttl, condition: condition)
    }

    /// Writes bytes; see ``set(_:_:contentType:metadata:ttl:condition:)-(_,UploadBody,_,_,_,_)``.
    @discardableResult
    public func set(
        _ key: String, _ buffer: ByteBuffer, contentType: String? = nil, metadata: EntryMetadata = [:],
        ttl: Duration? = nil,
        condition: WriteCondition = .always
    ) async throws -> Entry {
        try await set(key, .bytes(buffer), contentType: contentType, metadata: metadata, ttl: ttl, condition: condition)
    }

    /// Writes a value as JSON (`JSONEncoder`; times in ISO 8601 with milliseconds; fields sorted, so equal values are
    /// equal bytes).
    /// - Throws: ``LarderClientError``: `invalidArgument` when the value can't be encoded, else as
    ///   ``set(_:_:contentType:metadata:ttl:condition:)-(_,UploadBody,_,_,_,_)``.
    @discardableResult
    public func setJSON(
        _ key: String, _ value: some Encodable, metadata: EntryMetadata = [:], ttl: Duration? = nil,
        condition: WriteCondition = .always
    ) async throws -> Entry {
        let json = try ClientJSON.encode(value)
        return try await set(
            key, .bytes(json), contentType: MediaType.json, metadata: metadata, ttl: ttl, condition: condition)
    }

    /// Merges fields into a JSON entry (RFC 7396: a field of null goes away), atomically on the server. A missing entry
    /// is made.
    /// - Parameters:
    ///   - key: the entry.
    ///   - patch: a value that encodes as a JSON object. `Encodable` types leave nil fields out; use ``JSONValue`` to
    ///     send null.
    ///   - condition: what must hold; ``WriteCondition/ifMatch(_:)`` makes it a compare-and-set.
    /// - Returns: the entry as it now stands.
    /// - Throws: ``LarderClientError``: `notJSON` when the entry is not JSON, `preconditionFailed`, `entryTooLarge` and
    ///   others.
    @discardableResult
    public func patch(_ key: String, _ patch: some Encodable, condition: WriteCondition = .always) async throws -> Entry
    {
        var request = try request(.PATCH, key)
        request.body = .bytes(try ClientJSON.encode(patch))
        request.headers.add(name: "content-type", value: "application/merge-patch+json")
        condition.apply(to: &request.headers)
        return try await transport.json(Entry.self, request)
    }
}
