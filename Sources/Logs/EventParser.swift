import struct Crypto.SHA256
package import Index
package import LarderModel

/// Checks events and prepares them for a log. Linear in the bytes; done before the writer's transaction.
package struct EventParser: Sendable {
    /// The log's rule, for the size of an event.
    private let rule: Policy.Rule
    /// Levels of JSON, as ``JSONText/check(_:maxDepth:)`` has them.
    private let maxDepth: Int

    package init(_ rule: Policy.Rule, maxDepth: Int) {
        self.rule = rule
        self.maxDepth = maxDepth
    }

    /// Events in one request: what a client may have read, and as many again of its own. Of more the log would keep
    /// nothing but their number.
    package var eventsMax: Int { LogBounds(rule).remembered }

    /// - Parameter body: JSON: an object, or an array of objects.
    /// - Throws: `LarderError` `.notJSON` when it is something else; `.entryTooLarge` naming the event and the limit,
    ///   or when there are more than ``eventsMax``.
    package func objectOrArray(_ body: [UInt8]) throws(LarderError) -> [NewLogEvent] {
        let value = try JSONText.check(body, maxDepth: maxDepth)
        guard value.kind == .array else { return [try event(value, body, at: 0)] }
        return try events(value, body)
    }

    /// - Parameter body: JSON: an array of objects.
    /// - Throws: as ``objectOrArray(_:)``.
    package func array(_ body: [UInt8]) throws(LarderError) -> [NewLogEvent] {
        let value = try JSONText.check(body, maxDepth: maxDepth)
        guard value.kind == .array else {
            throw LarderError(.notJSON, "This entry is a log: its content is a JSON array of event objects.")
        }
        return try events(value, body)
    }

    private func events(_ value: JSONText.Value, _ body: [UInt8]) throws(LarderError) -> [NewLogEvent] {
        guard let items = try JSONText.items(of: value, in: body, limit: eventsMax) else {
            throw LarderError(
                .entryTooLarge,
                "One request takes at most \(eventsMax) events of this log; this has more. Nothing was appended.")
        }
        var events: [NewLogEvent] = []
        events.reserveCapacity(items.count)
        for (i, item) in items.enumerated() { events.append(try event(item, body, at: i)) }
        return events
    }

    private func event(_ value: JSONText.Value, _ body: [UInt8], at index: Int) throws(LarderError) -> NewLogEvent {
        guard value.kind == .object else {
            throw LarderError(.notJSON, "Each event is a JSON object; item \(index + 1) is not.")
        }
        let json = JSONText.onOneLine(body[value.range])
        guard json.count <= rule.maxSize.bytes else {
            throw LarderError(
                .entryTooLarge,
                "Event \(index + 1) has \(json.count) bytes; the rule '\(rule.keys)' takes at most \(rule.maxSize) "
                    + "each. Nothing was appended.")
        }
        let members = try JSONText.members(of: value, in: body)
        return NewLogEvent(
            json: json, fingerprint: Self.fingerprint(try CanonicalJSON.text(of: value, in: body)),
            signal: RunSignal(members, in: body, rule.log ?? Policy.LogRule()))
    }

    static func fingerprint(_ bytes: [UInt8]) -> Fingerprint {
        guard let fingerprint = Fingerprint(Array(SHA256.hash(data: bytes))) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return fingerprint
    }
}

extension LogBounds {
    init(_ rule: Policy.Rule) { self.init(maxEvents: rule.log?.maxEvents ?? 200) }
}
