import Access
import BlobStore
import Index
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// `/compat/agent/{session}/…`: what an agent remembers of a chat, a log of turns.
enum ChatMemory {
    /// What the last segment of the path names; nil: nothing.
    static func kind(_ word: PathPart) -> ResourceKind<EntryKey>? {
        [("history", history), ("append", append), ("reset", reset)].first { word.isWord($0.0) }?.1
    }

    /// Turns that are given at most.
    private static let turnsMax = 40

    private static let history = ResourceKind<EntryKey>(
        "history",
        [
            .task(.GET, by: .store(.read, CompatKey.store("agents"))) { key, call, _ in
                let found = try await call.server.entries.logs.page(
                    call.permit.entry(key), LogQuery(.before(nil), limit: turnsMax))
                var turns = (found?.page.events ?? [])[...]
                // Where older turns were cut, an answer without its question is cut, too.
                if (found?.head.dropped ?? 0) > 0 || found?.page.previous != nil {
                    turns = turns.drop { isTurn($0.json) { $0 == Array("assistant".utf8) } }
                }
                var json = JSONWriter()
                json.array(turns) { $0.value(raw: $1.json) }
                return .json(.ok, json.bytes)
            }
        ])

    private static let append = ResourceKind<EntryKey>(
        "append",
        [
            .task(.POST, by: .store(.write, CompatKey.store("agents"))) { key, call, body in
                let bytes = try await body.collect(limit: Call.appendMax, copies: 3)
                let value = try JSONText.check(bytes, maxDepth: call.server.gate.limits.jsonDepth)
                guard value.kind == .array else {
                    var json = JSONWriter()
                    json.object { $0.field("error", "Expected array") }
                    return .json(.badRequest, json.bytes)
                }
                let turns = try JSONText.items(of: value, in: bytes).map { Array(bytes[$0.range]) }
                    .filter { isTurn($0) { _ in true } }
                if !turns.isEmpty {
                    var json = JSONWriter()
                    json.array(turns) { $0.value(raw: $1) }
                    _ = try await call.server.entries.logs.append(json.bytes, to: call.permit.entry(key))
                }
                return ok
            }
        ])

    private static let reset = ResourceKind<EntryKey>(
        "reset",
        [
            .task(.POST, by: .store(.write, CompatKey.store("agents"))) { key, call, _ in
                _ = try await call.server.blobs.delete(call.permit.entry(key))
                return ok
            }
        ])

    private static var ok: Answer {
        var json = JSONWriter()
        json.object { $0.field("ok", true) }
        return .json(.ok, json.bytes)
    }

    /// Whether JSON is a turn: an object whose `content` is text, and whose `role` is one that `takes` it.
    private static func isTurn(_ json: [UInt8], _ takes: ([UInt8]) -> Bool) -> Bool {
        guard let value = try? JSONText.check(json, maxDepth: .max), value.kind == .object,
            let members = try? JSONText.members(of: value, in: json)
        else { return false }
        func text(_ name: String) -> [UInt8]? {
            members.last { $0.name.elementsEqual(name.utf8) }
                .flatMap { JSONText.characters(of: $0.value, in: json) }
        }
        guard text("content") != nil, let role = text("role"), !role.isEmpty else { return false }
        return takes(role)
    }
}
