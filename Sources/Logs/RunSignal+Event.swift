import Index
import LarderModel

extension RunSignal {
    private static let finishedWords: Set<String> = [
        "completed", "complete", "done", "finished", "success", "succeeded",
    ]
    private static let failedWords: Set<String> = ["failed", "error"]
    private static let finishingAgents: Set<String> = ["completed", "pipeline"]
    private static let failingAgents: Set<String> = ["system", "quality_gate", "pipeline"]
    private static let messageMax = 1_000

    /// Reads an event's customary fields. A run fails when `system`, `quality_gate` or `pipeline` says `failed` or
    /// `error`; it is completed when `progress` reaches 100, or `completed` or `pipeline` says that it is finished; any
    /// other event means that it goes on.
    /// - Parameter members: the event's fields; the last of a repeated name counts.
    init(_ members: [JSONText.Member], in bytes: [UInt8]) {
        var agent = "", status = ""
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
            case "agent": agent = text(100) ?? ""
            case "status": status = text(100)?.lowercased() ?? ""
            case "message": message = text(Self.messageMax)
            case "progress":
                progress =
                    member.value.kind == .number
                    ? Double(String(decoding: bytes[member.value.range], as: UTF8.self)) : nil
            default: break
            }
        }
        if Self.failingAgents.contains(agent), Self.failedWords.contains(status) {
            state = .failed
        } else if progress ?? 0 >= 100 || Self.finishingAgents.contains(agent) && Self.finishedWords.contains(status) {
            state = .completed
        }
    }
}
