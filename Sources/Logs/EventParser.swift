import struct Crypto.SHA256
import Index
import LarderModel

/// Checks events and prepares them for a log. Linear in the bytes; done before the writer's transaction.
package enum EventParser {
    /// Events in one request; the array view of a log has at most its cap.
    package static let eventsMax = 100_000

    /// - Parameters:
    ///   - body: JSON: an object, or an array of objects.
    ///   - rule: the log's rule, for the size of an event.
    /// - Throws: `LarderError` `.notJSON` when it is something else, `.entryTooLarge` naming the event and the limit.
    package static func objectOrArray(_ body: [UInt8], _ rule: Policy.Rule) throws(LarderError) -> [NewLogEvent] {
        let value = try JSONText.check(body)
        guard value.kind == .array else { return [try event(value, body, at: 0, rule)] }
        return try events(value, body, rule)
    }

    /// - Parameter body: JSON: an array of objects.
    package static func array(_ body: [UInt8], _ rule: Policy.Rule) throws(LarderError) -> [NewLogEvent] {
        let value = try JSONText.check(body)
        guard value.kind == .array else {
            throw LarderError(.notJSON, "This entry is a log: its content is a JSON array of event objects.")
        }
        return try events(value, body, rule)
    }

    private static func events(_ value: JSONText.Value, _ body: [UInt8], _ rule: Policy.Rule) throws(LarderError)
        -> [NewLogEvent]
    {
        let items = try JSONText.items(of: value, in: body)
        guard items.count <= eventsMax else {
            throw LarderError(.entryTooLarge, "One request takes at most \(eventsMax) events; this has \(items.count).")
        }
        var events: [NewLogEvent] = []
        events.reserveCapacity(items.count)
        for (i, item) in items.enumerated() { events.append(try event(item, body, at: i, rule)) }
        return events
    }

    private static func event(_ value: JSONText.Value, _ body: [UInt8], at index: Int, _ rule: Policy.Rule)
        throws(LarderError) -> NewLogEvent
    {
        guard value.kind == .object else {
            throw LarderError(.notJSON, "Each event is a JSON object; item \(index + 1) is not.")
        }
        let json = JSONText.onOneLine(body[value.range])
        guard json.count <= rule.maxSize.bytes else {
            throw LarderError(
                .entryTooLarge,
                "Event \(index + 1) has \(json.count) bytes; the rule '\(rule.keys)' takes at most \(rule.maxSize) each. Nothing was appended."
            )
        }
        let members = try JSONText.members(of: value, in: body)
        return NewLogEvent(
            json: json, fingerprint: fingerprint(try CanonicalJSON.text(of: value, in: body)),
            signal: RunSignal(members, in: body))
    }

    static func fingerprint(_ bytes: [UInt8]) -> Fingerprint {
        guard let fingerprint = Fingerprint(Array(SHA256.hash(data: bytes))) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return fingerprint
    }
}
