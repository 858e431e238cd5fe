import LarderModel
import Vaults

/// A question as its JSON says it (`docs/search.md`). Every refusal names the field.
struct QuestionReader {
    let question: Question
    /// How hits are put into a text; nil: they are not.
    let rendering: Rendering?

    private static let known: Set<String> = [
        "in", "text", "vector", "mode", "k", "filter", "windows", "backfill", "recency", "render",
    ]

    /// - Parameter depth: levels of JSON.
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`, `.invalidVector`, `.invalidStore`.
    init(_ body: [UInt8], depth: Int, site: SiteID) throws(LarderError) {
        let fields = try JSONFields(body, known: Self.known, maxDepth: depth)
        guard let scopes = fields.raw("in") else {
            throw LarderError(.malformedRequest, "in is missing: the vaults to search.")
        }
        var question = Question(site: site, scopes: try Self.scopes(scopes))
        if let text = try fields.string("text") { question.text = try Self.text(text) }
        if let vector = fields.raw("vector") {
            question.vector = try VectorText.numbers(
                try JSONText.check(vector, maxDepth: .max), in: vector, "The question")
        }
        if let mode = try fields.string("mode") { question.mode = try Self.mode(mode) }
        if let count = try fields.integer("k") { question.count = try Self.count(count) }
        if let filter = fields.raw("filter") { question.filter = try Self.filter(filter) }
        if let windows = fields.raw("windows") { question.windows = try Self.windows(windows, question.count) }
        question.backfills = try fields.bool("backfill") ?? false
        if let recency = fields.raw("recency") { question.recency = try Self.recency(recency) }
        guard question.windows != nil || !question.backfills else {
            throw LarderError(.malformedRequest, "backfill is for windows, and there are none.")
        }
        self.question = question
        rendering = try fields.raw("render").map { text throws(LarderError) in try Rendering(json: text) }
    }

    // MARK: Values

    static func text(_ text: String) throws(LarderError) -> String {
        guard !text.isEmpty, text.utf8.count <= Question.textMax else {
            throw LarderError(.malformedRequest, "text has 1 to \(Question.textMax) bytes.")
        }
        return text
    }

    static func mode(_ text: String) throws(LarderError) -> Question.Mode {
        guard let mode = Question.Mode(rawValue: text) else {
            throw LarderError(.malformedRequest, "mode is words, meaning or hybrid.")
        }
        return mode
    }

    static func count(_ count: Int64?) throws(LarderError) -> Int {
        guard let count, (1...Int64(Question.countMax)).contains(count) else {
            throw LarderError(.malformedRequest, "k is a whole number from 1 to \(Question.countMax).")
        }
        return Int(count)
    }

    private static func scopes(_ json: [UInt8]) throws(LarderError) -> [Question.Scope] {
        let value = try JSONText.check(json, maxDepth: .max)
        guard value.kind == .array, let items = try JSONText.items(of: value, in: json, limit: Question.scopesMax),
            !items.isEmpty
        else { throw LarderError(.malformedRequest, "in is a list of 1 to \(Question.scopesMax) vaults.") }
        var scopes: [Question.Scope] = []
        for item in items {
            let fields = try JSONFields(
                Array(json[item.range]), known: ["store", "prefix", "weight"], maxDepth: .max)
            guard let store = try fields.string("store") else {
                throw LarderError(.malformedRequest, "in: store is missing.")
            }
            let weight = try number(fields.raw("weight"), "in: weight", 0...1_000_000)
            scopes.append(
                Question.Scope(
                    store: try StoreName(store), prefix: Array((try fields.string("prefix") ?? "").utf8),
                    weight: weight))
        }
        return scopes
    }

    private static func number(
        _ json: [UInt8]?, _ name: String, _ range: ClosedRange<Double>
    ) throws(LarderError) -> Double? {
        guard let json else { return nil }
        guard let number = Double(String(decoding: json, as: UTF8.self)), range.contains(number) else {
            throw LarderError(
                .malformedRequest,
                "\(name) is a number from \(JSONWriter.text(of: range.lowerBound)) to "
                    + "\(JSONWriter.text(of: range.upperBound)).")
        }
        return number
    }

    static func filter(_ json: [UInt8]) throws(LarderError) -> Question.Filter {
        let fields = try JSONFields(json, known: ["role", "since", "until", "metadata"], maxDepth: .max)
        var filter = Question.Filter()
        filter.roles = try fields.strings("role").map { $0.map { Array($0.utf8) } }
        filter.since = try time(fields, "since")
        filter.until = try time(fields, "until")
        if let since = filter.since, let until = filter.until, since >= until {
            throw LarderError(.malformedRequest, "filter: since must lie before until.")
        }
        if let object = fields.raw("metadata") {
            let value = try JSONText.check(object, maxDepth: .max)
            for member in try JSONText.members(of: value, in: object).lastOfEachName {
                filter.metadata.append(
                    (name: Array(member.name), value: try CanonicalJSON.text(of: member.value, in: object)))
            }
        }
        return filter
    }

    private static func time(_ fields: JSONFields, _ name: String) throws(LarderError) -> Timestamp? {
        guard let text = try fields.string(name) else { return nil }
        guard let time = Timestamp(anyISO8601: Array(text.utf8)) else {
            throw LarderError(.malformedRequest, "filter: \(name) is a time such as 2026-11-27T06:00:00Z.")
        }
        return time
    }

    private static func windows(_ json: [UInt8], _ count: Int) throws(LarderError) -> [Question.Window] {
        let value = try JSONText.check(json, maxDepth: .max)
        if let text = JSONText.characters(of: value, in: json) {
            guard text.elementsEqual("kronos".utf8) else {
                throw LarderError(.malformedRequest, "windows is \"kronos\", or a list of windows.")
            }
            return Question.Window.kronos(count)
        }
        guard value.kind == .array, let items = try JSONText.items(of: value, in: json, limit: Question.windowsMax),
            !items.isEmpty
        else { throw LarderError(.malformedRequest, "windows is a list of 1 to \(Question.windowsMax) windows.") }
        var windows: [Question.Window] = []
        for item in items { windows.append(try window(Array(json[item.range]))) }
        for (i, a) in windows.enumerated() {
            for b in windows[(i + 1)...] {
                if a.name.utf8.elementsEqual(b.name.utf8) {
                    throw LarderError(.malformedRequest, "windows: two are called '\(a.name)'.")
                }
                if a.overlaps(b) {
                    throw LarderError(.malformedRequest, "windows: '\(a.name)' and '\(b.name)' overlap.")
                }
            }
        }
        return windows
    }

    private static func window(_ json: [UInt8]) throws(LarderError) -> Question.Window {
        let fields = try JSONFields(json, known: ["name", "from", "to", "k"], maxDepth: .max)
        guard let name = try fields.string("name"), !name.isEmpty, name.utf8.count <= 100 else {
            throw LarderError(.malformedRequest, "windows: each has a name of 1 to 100 bytes.")
        }
        let from = try age(fields, "from", name) ?? .zero
        let to = try age(fields, "to", name)
        guard to.map({ from < $0 }) ?? true else {
            throw LarderError(.malformedRequest, "windows: '\(name)' runs backwards; from must be less than to.")
        }
        return Question.Window(name: name, from: from, to: to, count: try count(try fields.integer("k")))
    }

    /// A duration, or 0.
    private static func age(_ fields: JSONFields, _ field: String, _ name: String) throws(LarderError) -> Duration? {
        if let json = fields.raw(field), json.elementsEqual("0".utf8) { return .zero }
        guard let text = try fields.string(field) else { return nil }
        guard let age = text == "0" ? .zero : Duration(parsing: text) else {
            throw LarderError(.malformedRequest, "windows: \(field) of '\(name)' is an age such as 4h, or 0.")
        }
        return age
    }

    private static func recency(_ json: [UInt8]) throws(LarderError) -> Question.Recency {
        let fields = try JSONFields(json, known: ["halfLife", "weight"], maxDepth: .max)
        guard let text = try fields.string("halfLife"), let halfLife = Duration(parsing: text) else {
            throw LarderError(.malformedRequest, "recency: halfLife is a duration such as 7d.")
        }
        guard let weight = try number(fields.raw("weight"), "recency: weight", 0...1) else {
            throw LarderError(.malformedRequest, "recency: weight is missing.")
        }
        return Question.Recency(halfLife: halfLife, weight: weight)
    }
}

extension Question.Window {
    func overlaps(_ other: Question.Window) -> Bool {
        (to.map { other.from < $0 } ?? true) && (other.to.map { from < $0 } ?? true)
    }
}
