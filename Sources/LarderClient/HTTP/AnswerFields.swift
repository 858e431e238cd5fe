import FoundationEssentials
import LarderModel

/// The fields of an object in a JSON answer, cut out and not decoded, so that events and metadata stay as they were
/// written.
struct AnswerFields: Sendable {
    private let text: [UInt8]
    private let members: [JSONText.Member]

    /// Levels in front of an event or metadata in the deepest answer: the list of logs.
    private static let levels = 5

    /// - Throws: ``LarderClientError`` `invalidResponse` when the text is no JSON object.
    init(_ text: [UInt8]) throws {
        do {
            let whole = try JSONText.check(text, maxDepth: JSONText.depthRange.upperBound + Self.levels)
            try self.init(whole, in: text)
        } catch {
            throw Self.unexpected(error.message)
        }
    }

    private init(_ value: JSONText.Value, in text: [UInt8]) throws(LarderError) {
        self.text = text
        members = try JSONText.members(of: value, in: text).lastOfEachName
    }

    /// A field that must be there, as it was written.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func raw(_ name: String) throws -> [UInt8] {
        guard let value = value(name) else { throw Self.unexpected("it has no field '\(name)'.") }
        return Array(text[value.range])
    }

    /// A whole number that must be there.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func integer(_ name: String) throws -> Int64 {
        guard let number = try optionalInteger(name) else { throw Self.unexpected("it has no field '\(name)'.") }
        return number
    }

    /// A whole number; nil when it is absent or null.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func optionalInteger(_ name: String) throws -> Int64? {
        guard let value = value(name) else { return nil }
        guard let number = Int64(String(decoding: text[value.range], as: UTF8.self)) else {
            throw Self.unexpected("'\(name)' is not a whole number.")
        }
        return number
    }

    /// A text; nil when it is absent or null.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func string(_ name: String) throws -> String? {
        guard let value = value(name) else { return nil }
        guard let characters = JSONText.characters(of: value, in: text),
            let string = String(validating: characters, as: UTF8.self)
        else { throw Self.unexpected("'\(name)' is not a text.") }
        return string
    }

    /// A time; nil when it is absent or null.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func date(_ name: String) throws -> Date? {
        guard let text = try string(name) else { return nil }
        guard let date = ClientJSON.date(text) else { throw Self.unexpected("'\(name)' is not an ISO 8601 time.") }
        return date
    }

    /// Metadata as they were written; empty when they are absent or null.
    /// - Throws: ``LarderClientError`` `invalidMetadata`.
    func metadata(_ name: String) throws -> EntryMetadata {
        guard value(name) != nil else { return [:] }
        return try EntryMetadata(json: try raw(name))
    }

    /// The fields of an object; nil when it is absent or null.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func object(_ name: String) throws -> AnswerFields? {
        guard let value = value(name) else { return nil }
        do { return try AnswerFields(value, in: text) } catch { throw Self.unexpected(error.message) }
    }

    /// The fields of each object of an array that must be there.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    func items(_ name: String) throws -> [AnswerFields] {
        guard let list = value(name) else { throw Self.unexpected("it has no field '\(name)'.") }
        do {
            return try JSONText.items(of: list, in: text).map { try AnswerFields($0, in: text) }
        } catch let error as LarderError {
            throw Self.unexpected(error.message)
        }
    }

    /// The value of a field, unless it is null.
    private func value(_ name: String) -> JSONText.Value? {
        members.first { $0.name.elementsEqual(name.utf8) && !JSONText.isNull($0.value, in: text) }?.value
    }

    private static func unexpected(_ why: String) -> LarderClientError {
        LarderClientError(.invalidResponse, "The server's answer is not the JSON that was expected: \(why)")
    }
}
