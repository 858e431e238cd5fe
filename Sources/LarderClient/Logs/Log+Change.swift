public import FoundationEssentials
import NIOCore
import NIOHTTP1

extension Log {
    /// Changes what is said of the log (RFC 7396: a field of null goes away): a title, a persona, a summary. A log that
    /// is not there is made, without events.
    /// - Parameters:
    ///   - patch: a value that encodes as a JSON object; what comes of it is at most 16 KB. `Encodable` types leave nil
    ///     fields out; use ``JSONValue`` to send null.
    ///   - etag: the log must still have this tag; nil: any.
    /// - Returns: the log's ETag behind the change.
    /// - Throws: ``LarderClientError``: `invalidMetadata`, `preconditionFailed`, `notALog` and others.
    @discardableResult
    public func update(metadata patch: some Encodable, ifMatch etag: String? = nil) async throws -> String {
        try await update(metadataJSON: try ClientJSON.encode(patch), ifMatch: etag)
    }

    /// The same with a patch that is JSON already.
    /// - Returns: the log's ETag behind the change.
    /// - Throws: as ``update(metadata:ifMatch:)``.
    @discardableResult
    public func update(metadataJSON patch: [UInt8], ifMatch etag: String? = nil) async throws -> String {
        var request = try request(.PATCH)
        request.body = .bytes(patch)
        request.headers.add(name: "content-type", value: "application/merge-patch+json")
        if let etag { WriteCondition.ifMatch(etag).apply(to: &request.headers) }
        let answer = try AnswerFields(Array(buffer: try await transport.bytes(request)))
        return try answer.string("etag") ?? ""
    }

    /// Removes the log with its metadata. Its sequence numbers go on, should it be written again.
    /// - Throws: ``LarderClientError``: `notFound`, `notALog` and others.
    public func delete() async throws { _ = try await transport.head(try request(.DELETE)) }

    /// Forgets the events in front of a sequence number, which itself stays.
    /// - Returns: events removed.
    /// - Throws: ``LarderClientError``: `notFound`, `notALog` and others.
    @discardableResult
    public func forget(before seq: Int64) async throws -> Int64 { try await forget(("before", "\(seq)")) }

    /// Forgets the events whose ``LoggedEvent/at`` is before a moment.
    /// - Returns: events removed.
    /// - Throws: ``LarderClientError``: `notFound`, `notALog` and others.
    @discardableResult
    public func forget(until moment: Date) async throws -> Int64 {
        try await forget(("until", ClientJSON.text(moment)))
    }

    /// Forgets single events. They leave holes in the numbers.
    /// - Parameter seqs: their sequence numbers, at least one. One that is gone already is no failure.
    /// - Returns: events removed.
    /// - Throws: ``LarderClientError``: `invalidArgument` for none, `notFound`, `notALog` and others.
    @discardableResult
    public func forget(seqs: some Collection<Int64>) async throws -> Int64 {
        guard !seqs.isEmpty else { throw LarderClientError(.invalidArgument, "Name the events to forget.") }
        return try await forget(("seq", seqs.map { "\($0)" }.joined(separator: ",")))
    }

    private func forget(_ what: (name: String, value: String)) async throws -> Int64 {
        struct Answer: Decodable { var deleted: Int64 }
        var request = try request(.DELETE)
        request.query = [what]
        return try await transport.json(Answer.self, request).deleted
    }
}
