import Hashing
package import Index
package import LarderModel
package import Vaults

/// Checks events and prepares them for a log. Linear in the bytes; done before the writer's transaction.
package struct EventParser: Sendable {
    /// The log's rule, for the size of an event.
    private let rule: Policy.Rule
    /// What makes items of events; nil: their store is no vault.
    private let maker: ItemMaker?
    /// Levels of JSON, as ``JSONText/check(_:maxDepth:)`` has them.
    private let maxDepth: Int

    package init(_ rule: Policy.Rule, _ maker: ItemMaker? = nil, maxDepth: Int) {
        self.rule = rule
        self.maker = maker
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
        guard value.kind == .array else { return [try event(value, body, "Event 1")] }
        return try events(value, body)
    }

    /// - Parameters:
    ///   - body: a JSON object a line (<https://github.com/ndjson/ndjson-spec>); empty lines are passed over.
    ///   - isPartial: whether bad lines are left out, and named, instead of refusing all.
    /// - Returns: the events, and the bad lines from 1 with what is wrong with each.
    /// - Throws: as ``objectOrArray(_:)``, naming the line.
    package func lines(_ body: [UInt8], isPartial: Bool) throws(LarderError) -> (
        events: [NewLogEvent], refused: [(line: Int, error: LarderError)]
    ) {
        var events: [NewLogEvent] = []
        var refused: [(line: Int, error: LarderError)] = []
        var number = 0
        for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard !line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { continue }
            guard events.count < eventsMax else { throw tooMany }
            do { events.append(try event(line: Array(line), number)) } catch {
                guard isPartial else { throw error }
                refused.append((number, error))
            }
        }
        return (events, refused)
    }

    private func event(line: [UInt8], _ number: Int) throws(LarderError) -> NewLogEvent {
        let value: JSONText.Value
        do { value = try JSONText.check(line, maxDepth: maxDepth) } catch {
            throw LarderError(error.code, "Line \(number): \(error.message)" + Self.nothing)
        }
        return try event(value, line, "Line \(number)")
    }

    private static let nothing = " Nothing was appended."

    private var tooMany: LarderError {
        LarderError(
            .entryTooLarge,
            "One request takes at most \(eventsMax) events of this log; this has more." + Self.nothing)
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
        guard let items = try JSONText.items(of: value, in: body, limit: eventsMax) else { throw tooMany }
        var events: [NewLogEvent] = []
        events.reserveCapacity(items.count)
        for (i, item) in items.enumerated() { events.append(try event(item, body, "Event \(i + 1)")) }
        return events
    }

    /// - Parameter place: what messages call it.
    private func event(_ value: JSONText.Value, _ body: [UInt8], _ place: String) throws(LarderError) -> NewLogEvent {
        guard value.kind == .object else {
            throw LarderError(.notJSON, "Each event is a JSON object; \(Self.named(place)) is not.")
        }
        let isRun = log.states == .run
        var value = value, body = body
        var members = try JSONText.members(of: value, in: body)
        let at = EventFields.time(members, in: body)
        let role = try EventFields.role(members, in: body, isRun: isRun, place)
        let cut = try maker.map { maker throws(LarderError) in
            try maker.cut(members, in: body, at: at, role: role, place)
        }
        if let json = cut?.json {
            body = json
            value = try JSONText.check(body, maxDepth: .max)
            members = try JSONText.members(of: value, in: body)
        }
        let json = JSONText.onOneLine(body[value.range])
        guard json.count <= rule.maxSize.bytes else {
            throw LarderError(
                .entryTooLarge,
                "\(place) has \(json.count) bytes; the rule '\(rule.keys)' takes at most \(rule.maxSize) each."
                    + Self.nothing)
        }
        return NewLogEvent(
            json: json, fingerprint: Self.fingerprint(try CanonicalJSON.text(of: value, in: body)),
            signal: isRun ? RunSignal(members, in: body, log) : RunSignal(),
            at: at, role: role, item: cut?.item)
    }

    private var log: Policy.LogRule { rule.log ?? Policy.LogRule() }

    private static func named(_ place: String) -> String {
        place.replacing("Event", with: "item").replacing("Line", with: "line")
    }

    static func fingerprint(_ bytes: [UInt8]) -> Fingerprint {
        guard let fingerprint = Fingerprint(SHA256.hash(data: bytes)) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return fingerprint
    }
}

extension LogBounds {
    init(_ rule: Policy.Rule) {
        let log = rule.log ?? Policy.LogRule()
        self.init(maxEvents: log.maxEvents, maxBytes: log.maxBytes)
    }
}
