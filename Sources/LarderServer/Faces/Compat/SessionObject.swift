import Access
import BlobStore
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// `/compat/mentraos/session?sessionId=&userId=`: a session as one object. What was said in it is a log, its other
/// fields are an entry.
enum SessionObject {
    static let kind = ResourceKind<Void>(
        "session",
        [
            .task(.GET, by: .store(.read, CompatKey.store("sessions"))) { _, call, _ in
                guard let session = try Session(call) else { return Session.missing }
                return try await read(session, call)
            },
            .task(.POST, by: .store(.write, CompatKey.store("sessions"))) { _, call, body in
                guard let session = try Session(call) else { return Session.missing }
                return try await merge(await body.collect(limit: bodyMax, copies: 3), into: session, call)
            },
            .task(.DELETE, by: .store(.write, CompatKey.store("sessions"))) { _, call, _ in
                guard let session = try Session(call) else { return Session.missing }
                _ = try await call.server.blobs.delete(session.entry)
                _ = try await call.server.blobs.delete(session.history)
                return success
            },
        ])

    private static let bodyMax = 16 << 20

    /// What a session is kept as.
    private struct Session: Sendable {
        let user: [UInt8], id: [UInt8]
        let entry: EntryName, history: EntryName

        static var missing: Answer { .missing("sessionId or userId") }

        /// - Returns: nil when an ID is missing.
        init?(_ call: Call) throws(LarderError) {
            guard let id = call.request.queryField("sessionId"), !id.isEmpty,
                let user = call.request.queryField("userId"), !user.isEmpty
            else { return nil }
            self.id = id
            self.user = user
            entry = try call.permit.entry(CompatKey.key([user, id]))
            history = try call.permit.entry(CompatKey.key([user, id], "history"))
        }
    }

    static var success: Answer {
        var json = JSONWriter()
        json.object { $0.field("success", true) }
        return .json(.ok, json.bytes)
    }

    /// Fields that are the session's own, whatever its entry holds.
    private static let own = ["sessionId", "userId", "conversationHistory", "lastActivity"].map { Array($0.utf8) }

    // MARK: Reading

    private static func read(_ session: Session, _ call: Call) async throws -> Answer {
        let server = call.server
        let entry = try await server.blobs.content(session.entry)
        let history = try await server.entries.logs.content(session.history)
        for (name, content) in [(session.entry, entry), (session.history, history)] {
            if let content { server.blobs.wasRead(name, content.entry) }
        }
        let changes = [entry, history].compactMap { $0?.entry.modifiedAt }
        let fields = try await entry?.collect(limit: BlobStore.patchMax) ?? Array("{}".utf8)
        let turns = try await history?.collect(limit: Int(server.entries.logs.heldMax)) ?? Array("[]".utf8)
        var json = JSONWriter(capacity: fields.count + turns.count + 200)
        json.object { json in
            json.field("sessionId", quoting: session.id)
            json.field("userId", quoting: session.user)
            for field in others(fields) { field.write(to: &json) }
            json.field("conversationHistory", raw: turns)
            json.field("lastActivity", (changes.max() ?? server.blobs.now).milliseconds)
        }
        return .json(.ok, json.bytes)
    }

    /// A field as it was written.
    private struct Field: Sendable {
        /// Its escapes undone.
        let name: [UInt8]
        let quotedName, value: [UInt8]

        func write(to json: inout JSONWriter) {
            json.name(raw: quotedName)
            json.value(raw: value)
        }
    }

    /// The fields of a JSON object that are not the session's own; none of what is no object.
    private static func others(_ text: [UInt8]) -> [Field] {
        guard let value = try? JSONText.check(text, maxDepth: .max), value.kind == .object,
            let members = try? JSONText.members(of: value, in: text).lastOfEachName
        else { return [] }
        return members.filter { member in !own.contains { $0.elementsEqual(member.name) } }
            .map {
                Field(
                    name: Array($0.name), quotedName: Array(text[$0.nameRange]), value: Array(text[$0.value.range]))
            }
    }

    // MARK: Writing

    /// Merges a part of a session into it: its fields take the place of those with the same names, and a history
    /// appends what is new in it.
    private static func merge(_ part: [UInt8], into session: Session, _ call: Call) async throws -> Answer {
        let server = call.server
        let value = try JSONText.check(part, maxDepth: server.gate.limits.jsonDepth)
        guard value.kind == .object else { throw LarderError(.notJSON, "A part of a session is a JSON object.") }
        let members = try JSONText.members(of: value, in: part)
        if let history = members.last(where: { $0.name.elementsEqual("conversationHistory".utf8) })?.value {
            _ = try await server.entries.logs.merge(
                Array(part[history.range]), into: session.history, metadata: nil, conditions: .none)
        } else if let entry = try await server.blobs.entry(session.history) {
            server.blobs.wasRead(session.history, entry)
        }
        let changed = others(part), names = Set(changed.map(\.name))
        _ = try await server.blobs.rewrite(session.entry) { old in
            let kept = old.map(others) ?? []
            var json = JSONWriter()
            json.object { json in
                for field in kept.filter({ !names.contains($0.name) }) + changed { field.write(to: &json) }
            }
            return json.bytes
        }
        return success
    }
}
