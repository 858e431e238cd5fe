import Index
import LarderModel

extension RunSignal {
    private static let messageMax = 1_000

    /// Reads an event's customary fields.
    /// - Parameters:
    ///   - members: the event's fields; the last of a repeated name counts.
    ///   - rule: the log's, which says what ends a run.
    init(_ members: [JSONText.Member], in bytes: [UInt8], _ rule: Policy.LogRule) {
        var agent: [UInt8]?
        var status = ""
        self.init()
        for member in members {
            let text = { (limit: Int) -> String? in
                guard let characters = JSONText.characters(of: member.value, in: bytes) else { return nil }
                var end = min(limit, characters.count)
                // Not within a character: its later bytes are 10xxxxxx.
                while end > 0, end < characters.count, characters[end] & 0xC0 == 0x80 { end -= 1 }
                return JSONText.shown(Array(characters[..<end]))
            }
            switch String(decoding: member.name, as: UTF8.self) {
            case "agent":
                let isNull = bytes[member.value.range].elementsEqual("null".utf8)
                agent = isNull ? nil : JSONText.characters(of: member.value, in: bytes) ?? []
            case "status": status = text(100)?.lowercased() ?? ""
            case "message": message = text(Self.messageMax)
            case "progress":
                progress =
                    member.value.kind == .number
                    ? Double(String(decoding: bytes[member.value.range], as: UTF8.self)) : nil
            default: break
            }
        }
        let end = RunEnding(of: agent, rule).state(status)
        let isAll = rule.completeAt == .progress && progress ?? 0 >= 100
        state = end == .failed ? .failed : isAll ? .completed : end ?? .running
    }
}
