import AsyncHTTPClient
import Foundation
import LarderModel
import NIOCore
import NIOHTTP1

extension Store {
    /// Reads an entry. Its content comes as a stream: go through it (or save or collect it), or let go of it to end the
    /// transfer.
    /// - Parameters:
    ///   - key: the entry.
    ///   - range: which bytes; nil: all.
    ///   - verify: whether the content is hashed as it arrives: its end throws `corruptEntry` when it isn't what was
    ///     written. Without meaning for a part.
    ///   - version: the ETag of the version to read; nil: the current content.
    /// - Throws: ``LarderClientError``: `notFound`, `rangeNotSatisfiable` and others.
    public func get(
        _ key: String, range: ReadRange? = nil, verify: Bool = false, version: String? = nil
    ) async throws -> EntryContent {
        var request = try request(.GET, key)
        if let version { request.query = [("version", version)] }
        if let range { request.headers.add(name: "range", value: range.header) }
        return try content(of: key, try await transport.send(request), verify: verify)
    }

    /// Reads an entry unless it is the one that the caller has.
    /// - Parameters:
    ///   - key: the entry.
    ///   - etag: the tag of what the caller has.
    ///   - verify: as in ``get(_:range:verify:version:)``.
    /// - Returns: nil when the entry still has this tag.
    /// - Throws: ``LarderClientError``: `notFound` and others.
    public func get(_ key: String, ifNoneMatch etag: String, verify: Bool = false) async throws -> EntryContent? {
        var request = try request(.GET, key)
        request.headers.add(name: "if-none-match", value: WriteCondition.quoted(etag))
        let response = try await transport.send(request)
        guard response.status == .notModified else { return try content(of: key, response, verify: verify) }
        try await transport.drain(response)
        return nil
    }

    /// Reads an entry as JSON (`JSONDecoder`; times in ISO 8601).
    /// - Parameters:
    ///   - key: the entry.
    ///   - type: what it holds.
    ///   - maxBytes: the most that is taken into memory.
    /// - Returns: the value, and the entry, whose ``Entry/etag`` a conditional write needs.
    /// - Throws: ``LarderClientError``: `notFound`, `notJSON` when it doesn't decode, `entryTooLarge` and others.
    public func getJSON<Value: Decodable>(
        _ key: String, as type: Value.Type = Value.self, upTo maxBytes: Int = 10_000_000
    ) async throws -> (value: Value, entry: Entry) {
        let content = try await get(key)
        let bytes = try await content.body.collect(upTo: maxBytes)
        do {
            return (try ClientJSON.decode(type, from: bytes), content.entry)
        } catch let error as LarderClientError {
            throw LarderClientError(.notJSON, "'\(key)' doesn't hold \(type): \(error.message)")
        }
    }

    /// What the server knows of an entry, without its content.
    /// - Throws: ``LarderClientError``: `notFound` and others.
    public func stat(_ key: String) async throws -> Entry {
        try Entry(key: key, headers: try await transport.head(try request(.HEAD, key)).headers)
    }

    /// The metadata of an entry.
    /// - Throws: ``LarderClientError``: `notFound` and others.
    public func metadata(_ key: String) async throws -> EntryMetadata { try await stat(key).metadata }

    private func content(of key: String, _ response: HTTPClientResponse, verify: Bool) throws -> EntryContent {
        let entry = try Entry(key: key, headers: response.headers)
        let isPart = response.status == .partialContent
        guard isPart || response.status == .ok else {
            throw LarderClientError(
                .invalidResponse, "The server answered a read with \(response.status.code).",
                status: Int(response.status.code))
        }
        let digest = verify && !isPart ? Digest(hex: entry.sha256) : nil
        let length = response.headers.first(name: "content-length").flatMap { Int64($0) }
        return EntryContent(
            entry: entry, range: isPart ? response.headers.first(name: "content-range").flatMap(ReadRange.parse) : nil,
            body: EntryBody(chunks: response.body, server: transport.base.text, length: length, digest: digest))
    }
}
