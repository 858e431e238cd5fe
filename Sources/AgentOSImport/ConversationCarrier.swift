import LarderClient
import LarderModel

/// Brings one conversation, chunk by chunk.
struct ConversationCarrier {
    /// Turns that are read and compared at once.
    static let chunkMax = 500
    /// Bytes of events in one request.
    private static let requestMax = 4 << 20
    /// How often others may be faster in a row before the conversation is given up.
    private static let lostRacesMax = 1_000

    private let conversation: ConversationList.Conversation
    private let isDry: Bool
    private let log: Log
    private var state: LogState?
    private var seen: [[UInt8]: Int] = [:]
    private var outcome = TransferOutcome()

    init(_ run: ConversationImport, _ conversation: ConversationList.Conversation) {
        self.conversation = conversation
        isDry = run.isDry
        log = run.client.store(run.store).log(run.prefix + conversation.name.label)
    }

    /// What was done since it was last asked.
    mutating func takeOutcome() -> TransferOutcome {
        defer { outcome = TransferOutcome() }
        return outcome
    }

    mutating func fail(_ name: String, _ error: LarderClientError) { outcome.fail(name, because: error.message) }

    /// Appends the turns of these rows that the log lacks.
    mutating func bring(_ rows: [SourceRow]) async throws {
        var turns: [Turn] = []
        for row in rows {
            do throws(RowDamage) { turns.append(try Turn(row, seen: &seen)) } catch {
                outcome.fail("\(row.label) (\(conversation.name.label))", because: "it \(error.what)")
            }
        }
        var rest = turns[...]
        while !rest.isEmpty {
            var end = rest.startIndex, bytes = 0
            while end < rest.endIndex, end == rest.startIndex || bytes + rest[end].event.count < Self.requestMax {
                bytes += rest[end].event.count
                end += 1
            }
            try await append(Array(rest[..<end]))
            rest = rest[end...]
        }
    }

    private mutating func append(_ turns: [Turn]) async throws {
        for _ in 0..<Self.lostRacesMax {
            let missing = lacking(turns, in: try await known())
            guard !missing.isEmpty else {
                outcome.skipped += Int64(turns.count)
                return
            }
            do {
                try await append(missing: missing)
                outcome.skipped += Int64(turns.count - missing.count)
                return
            } catch let error as LarderClientError where error.code == .preconditionFailed {
                try await state?.read(log)
            } catch let error as LarderClientError where Self.isOfOneEvent(error) {
                return try await refused(turns, error)
            }
        }
        throw LarderClientError(.conflict, "Others write to this conversation all the time; import it again later.")
    }

    private mutating func append(missing: [Turn]) async throws {
        if !isDry {
            var json = JSONWriter()
            json.array(missing) { $0.value(raw: $1.event) }
            let receipt = try await log.append(json: json.bytes, condition: state?.condition ?? .ifNew)
            state?.add(missing, receipt)
        }
        outcome.transferred += Int64(missing.count)
        outcome.bytes += missing.reduce(0) { $0 + Int64($1.event.count) }
    }

    /// An append is all or none: where the server refuses one turn, the others go in halves of halves.
    private mutating func refused(_ turns: [Turn], _ error: LarderClientError) async throws {
        guard turns.count > 1 else {
            let name = turns.first.map { JSONText.shown($0.id) } ?? ""
            return fail("turn \(name) (\(conversation.name.label))", error)
        }
        let middle = turns.count / 2
        try await append(Array(turns[..<middle]))
        try await append(Array(turns[middle...]))
    }

    private static func isOfOneEvent(_ error: LarderClientError) -> Bool {
        [.entryTooLarge, .notJSON, .invalidDocument].contains(error.code)
    }

    private mutating func known() async throws -> LogState {
        if let state { return state }
        var fresh = LogState()
        try await fresh.read(log)
        state = fresh
        return fresh
    }

    /// Each once, also where a backup has a turn twice.
    private func lacking(_ turns: [Turn], in state: LogState) -> [Turn] {
        var ids = state.ids
        return turns.filter { turn in
            if let cut = state.cutBefore, turn.timestamp < cut { return false }
            return ids.insert(turn.id).inserted
        }
    }

    /// Says of the log what the header says and its metadata doesn't.
    mutating func bringHeader() async throws {
        guard let header = conversation.header, !isDry else { return }
        for _ in 0..<Self.lostRacesMax {
            let state = try await known()
            guard let patch = header.patch(lackingIn: state.metadata) else { return }
            do {
                try await log.update(metadataJSON: patch, ifMatch: state.etag)
                return
            } catch let error as LarderClientError where error.code == .preconditionFailed {
                try await self.state?.read(log)
            }
        }
    }
}
