import LarderClient
import LarderModel

/// A backup of the SQL adapter: `{"version","exportedAt","adapter","schema"?,"data":{"conversation_turns":[{…}],…}}`.
///
/// A BLOB is there as Node.js writes its bytes: `{"type":"Buffer","data":[…]}`, or `{"0":…,"1":…}` of a typed array.
struct BackupTurns: TurnSource {
    private let text: [UInt8]
    private let conversations: [JSONText.Value]
    private let turns: [JSONText.Value]

    /// - Throws: `LarderClientError` `fileError` when it is no such backup.
    init(_ text: [UInt8], path: String) throws {
        self.text = text
        do {
            let whole = try JSONText.check(text, maxDepth: JSONText.depthRange.upperBound)
            guard let data = try Self.member("data", of: whole, in: text), data.kind == .object,
                let turns = try Self.member(AgentOSTable.turns, of: data, in: text), turns.kind == .array
            else {
                throw LarderError(.notJSON, "it has no table '\(AgentOSTable.turns)' in 'data'.")
            }
            self.turns = try JSONText.items(of: turns, in: text)
            let conversations = try Self.member(AgentOSTable.conversations, of: data, in: text)
            self.conversations =
                try conversations.map { $0.kind == .array ? try JSONText.items(of: $0, in: text) : [] } ?? []
        } catch let error as LarderError {
            throw LarderClientError(.fileError, "\(path) is no backup of AgentOS's: \(error.message)")
        }
    }

    func headers() async throws -> [SourceRow] {
        try conversations.enumerated().map { try row($1, "\(AgentOSTable.conversations) row \($0 + 1)") }
    }

    func places() async throws -> [TurnPlace] {
        try turns.indices.map { place in
            let row = try self.row(turns[place], "")
            return TurnPlace(
                number: Int64(place + 1), user: row.text("userId"), conversation: row.text("conversationId"),
                timestamp: row["timestamp"]?.double)
        }
    }

    func turns(_ numbers: [Int64]) async throws -> [SourceRow] {
        try numbers.map { try row(turns[Int($0) - 1], "\(AgentOSTable.turns) row \($0)") }
    }

    /// A row that is no object has no columns.
    private func row(_ value: JSONText.Value, _ label: String) throws -> SourceRow {
        guard value.kind == .object else { return SourceRow(label: label, columns: []) }
        let columns = try JSONText.members(of: value, in: text).compactMap { member in
            try self.column(member.value).map { (name: JSONText.shown(Array(member.name)), value: $0) }
        }
        return SourceRow(label: label, columns: columns)
    }

    /// nil: null.
    private func column(_ value: JSONText.Value) throws -> ColumnValue? {
        let raw = text[value.range]
        switch value.kind {
        case .string: return JSONText.characters(of: value, in: text).map { .text($0) }
        case .number:
            let digits = String(decoding: raw, as: UTF8.self)
            if let number = Int64(digits) { return .integer(number) }
            // `1e999` is JSON, and no number that can be kept.
            return Double(digits).flatMap { $0.isFinite ? .real($0) : nil }
        case .literal: return JSONText.isNull(value, in: text) ? nil : .json(Array(raw))
        case .array: return .json(Array(raw))
        case .object: return try blob(value).map { ColumnValue(stored: $0) } ?? .json(Array(raw))
        }
    }

    /// The bytes of a BLOB; nil: the object is none.
    private func blob(_ value: JSONText.Value) throws -> [UInt8]? {
        let members = try JSONText.members(of: value, in: text)
        if members.count == 2, let type = try Self.member("type", of: value, in: text),
            JSONText.characters(of: type, in: text) == Array("Buffer".utf8),
            let data = try Self.member("data", of: value, in: text), data.kind == .array
        {
            return bytes(try JSONText.items(of: data, in: text))
        }
        let isIndexed = members.enumerated().allSatisfy { $1.name.elementsEqual("\($0)".utf8) }
        return isIndexed && !members.isEmpty ? bytes(members.map(\.value)) : nil
    }

    private func bytes(_ values: [JSONText.Value]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for value in values {
            guard let byte = UInt8(String(decoding: text[value.range], as: UTF8.self)) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func member(_ name: String, of value: JSONText.Value, in text: [UInt8]) throws -> JSONText.Value? {
        guard value.kind == .object else { return nil }
        return try JSONText.members(of: value, in: text).last { $0.name.elementsEqual(name.utf8) }?.value
    }
}
