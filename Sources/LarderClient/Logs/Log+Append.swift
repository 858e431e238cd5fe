import Foundation
import LarderModel
import NIOCore
import NIOHTTP1

extension Log {
    /// What an append did.
    public struct Receipt: Sendable, Hashable, Codable {
        /// Sequence number of the first event of the request; with a ``count`` of 0 the one after ``last``.
        public var first: Int64
        /// Sequence number of the last one.
        public var last: Int64
        /// Events that the request added.
        public var count: Int64
        /// The log's ETag behind the append, for the next conditional one.
        public var etag: String?
        /// With `partial`, the lines that were not added; nil without.
        public var refused: [RefusedLine]?
    }

    /// A line of JSON lines that was not added.
    public struct RefusedLine: Sendable, Hashable, Codable {
        /// From 1.
        public var line: Int
        /// What kind of failure: ``LarderClientError/Code/rawValue``.
        public var code: String
        /// Why, for people.
        public var message: String
    }

    /// Adds an event, or several from an array: all or none. When it returns they survive a power cut.
    /// - Parameters:
    ///   - event: a value that encodes as a JSON object, or as an array of such. How large one may be, the store's
    ///     policy says.
    ///   - condition: ``WriteCondition/ifMatch(_:)`` with a log's ETag: only while nothing was added or forgotten
    ///     since; ``WriteCondition/ifNew``: only while the log has no event.
    ///   - ttl: how long the log is kept behind this append; nil: as long as the store's policy says.
    ///   - idempotencyKey: names this request: the same key again adds nothing and answers what it answered first. nil:
    ///     a new key, so that retries of this one call are safe.
    /// - Throws: ``LarderClientError``: `notJSON`, `entryTooLarge`, `preconditionFailed`, `notALog` and others.
    @discardableResult
    public func append(
        _ event: some Encodable, condition: WriteCondition = .always, ttl: Duration? = nil,
        idempotencyKey: String? = nil
    ) async throws -> Receipt {
        try await append(
            json: try ClientJSON.encode(event), condition: condition, ttl: ttl, idempotencyKey: idempotencyKey)
    }

    /// Adds events that are JSON already; they are kept byte for byte.
    /// - Parameters:
    ///   - json: an object, or an array of objects; at most 16 MB.
    ///   - condition: as in ``append(_:condition:ttl:idempotencyKey:)``.
    ///   - ttl: as in ``append(_:condition:ttl:idempotencyKey:)``.
    ///   - idempotencyKey: as in ``append(_:condition:ttl:idempotencyKey:)``.
    /// - Throws: as ``append(_:condition:ttl:idempotencyKey:)``.
    @discardableResult
    public func append(
        json: [UInt8], condition: WriteCondition = .always, ttl: Duration? = nil, idempotencyKey: String? = nil
    ) async throws -> Receipt {
        try await append(json, type: MediaType.json, condition, ttl, idempotencyKey)
    }

    /// Adds the events of JSON lines: an object a line, each kept byte for byte.
    /// - Parameters:
    ///   - lines: at most 16 MB.
    ///   - partial: whether good lines are added although others are bad, which ``Receipt/refused`` names; else one bad
    ///     line means that nothing is.
    ///   - condition: as in ``append(_:condition:ttl:idempotencyKey:)``.
    ///   - ttl: as in ``append(_:condition:ttl:idempotencyKey:)``.
    ///   - idempotencyKey: as in ``append(_:condition:ttl:idempotencyKey:)``.
    /// - Throws: as ``append(_:condition:ttl:idempotencyKey:)``; for a bad line the message has its number.
    @discardableResult
    public func append(
        lines: [UInt8], partial: Bool = false, condition: WriteCondition = .always, ttl: Duration? = nil,
        idempotencyKey: String? = nil
    ) async throws -> Receipt {
        try await append(lines, type: "application/x-ndjson", condition, ttl, idempotencyKey, partial: partial)
    }

    private func append(
        _ bytes: [UInt8], type: String, _ condition: WriteCondition, _ ttl: Duration?, _ idempotencyKey: String?,
        partial: Bool = false
    ) async throws -> Receipt {
        var request = try request(.POST)
        if partial { request.query.append(("partial", "true")) }
        request.body = .bytes(bytes)
        request.headers.add(name: "content-type", value: type)
        request.headers.add(name: "idempotency-key", value: idempotencyKey ?? UUID().uuidString)
        if let ttl {
            request.headers.add(name: "larder-ttl", value: Duration.seconds(max(1, ttl.components.seconds)).policyText)
        }
        condition.apply(to: &request.headers)
        return try await transport.json(Receipt.self, request)
    }
}
