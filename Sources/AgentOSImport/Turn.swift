import Hashing
import LarderModel

/// A turn of a conversation, as the event that it becomes:
/// `{role,content,timestamp,agentId,model,usage{…},tool_calls,tool_call_id,metadata,summary,storageId}`. A column that
/// is missing or NULL is an absent field.
struct Turn: Sendable, Hashable {
    /// AgentOS's `storageId`; of an older row without one, a name made of what the turn says.
    let id: [UInt8]
    /// In the form of its column: AgentOS counts milliseconds since 1970.
    let timestamp: Double
    /// A JSON object.
    let event: [UInt8]

    /// - Parameters:
    ///   - row: of `conversation_turns`.
    ///   - seen: how often each name that was made up has come in the conversation: two equal turns without a
    ///     `storageId` are two turns.
    /// - Throws: ``RowDamage`` when it has no role, or no numeric timestamp.
    init(_ row: SourceRow, seen: inout [[UInt8]: Int]) throws(RowDamage) {
        guard let role = row.text("role") else { throw RowDamage(what: "has no role") }
        guard let moment = row["timestamp"] else { throw RowDamage(what: "has no timestamp") }
        guard let number = moment.number, let timestamp = moment.double else {
            throw RowDamage(what: "has a timestamp that is no number")
        }
        var json = JSONWriter()
        json.openObject()
        json.field("role", quoting: role)
        json.text("content", row)
        json.name("timestamp")
        json.value(number)
        json.text("agentId", row)
        json.text("model", row)
        Self.write(usageOf: row, to: &json)
        json.structured("tool_calls", row)
        json.text("tool_call_id", row)
        json.structured("metadata", row)
        json.text("summary", row)
        let id = row.text("storageId") ?? Self.madeUp(of: json.bytes, &seen)
        json.field("storageId", quoting: id)
        json.closeObject()
        self.id = id
        self.timestamp = timestamp
        event = json.bytes
    }

    /// The `storageId` of an event of a log; nil: it was not imported.
    static func id(of event: [UInt8]) -> [UInt8]? { field("storageId", of: event).flatMap { $0.characters } }

    /// The `timestamp` of an event that was imported; nil: it has none.
    static func timestamp(of event: [UInt8]) -> Double? {
        field("timestamp", of: event).flatMap { Double(String(decoding: $0.raw, as: UTF8.self)) }
    }

    private static func field(_ name: String, of event: [UInt8]) -> (raw: ArraySlice<UInt8>, characters: [UInt8]?)? {
        guard let whole = try? JSONText.check(event, maxDepth: .max),
            let members = try? JSONText.members(of: whole, in: event),
            let value = members.last(where: { $0.name.elementsEqual(name.utf8) })?.value
        else { return nil }
        return (event[value.range], JSONText.characters(of: value, in: event))
    }

    private static func write(usageOf row: SourceRow, to json: inout JSONWriter) {
        let counts: [(StaticString, ColumnValue?)] = [
            ("prompt_tokens", row["prompt_tokens"]?.number), ("completion_tokens", row["completion_tokens"]?.number),
            ("total_tokens", row["total_tokens"]?.number),
        ]
        guard counts.contains(where: { $0.1 != nil }) else { return }
        json.name("usage")
        json.object { json in
            for (name, count) in counts {
                guard let count else { continue }
                json.name(name)
                json.value(count)
            }
        }
    }

    private static func madeUp(of event: [UInt8], _ seen: inout [[UInt8]: Int]) -> [UInt8] {
        let name = Array("sha256-\(SHA256.hash(data: event).hex)".utf8)
        let before = seen[name, default: 0]
        seen[name] = before + 1
        return before == 0 ? name : name + Array("-\(before + 1)".utf8)
    }
}

extension JSONWriter {
    /// A column that is a text; left out when it is missing or NULL.
    fileprivate mutating func text(_ name: StaticString, _ row: SourceRow) {
        guard let value = row["\(name)"] else { return }
        self.name(name)
        if let text = value.text { self.value(quoting: text) } else { self.value(value) }
    }

    /// A column whose text is JSON; other text stays text.
    fileprivate mutating func structured(_ name: StaticString, _ row: SourceRow) {
        guard let value = row["\(name)"] else { return }
        self.name(name)
        if case .text(let text) = value, (try? JSONText.check(text, maxDepth: JSONText.depthDefault / 2)) != nil {
            self.value(raw: JSONText.onOneLine(text[...]))
        } else {
            self.value(value)
        }
    }

    /// A value of a row.
    mutating func value(_ value: ColumnValue) {
        switch value {
        case .integer(let number): self.value(number)
        case .real(let number): self.value(number)
        case .text(let bytes): self.value(quoting: bytes)
        case .json(let json): self.value(raw: JSONText.onOneLine(json[...]))
        }
    }
}
