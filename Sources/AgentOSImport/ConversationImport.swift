package import LarderClient
import Synchronization

/// Brings AgentOS's conversations into a store of logs: key `{userId}/{conversationId}`, an event a turn.
///
/// Again, or twice at once, brings nothing new. A turn is known by its `storageId`, and an append says under which tag
/// of the log (`If-Match`, or `If-None-Match: *` while there is no event) the import has looked for it. Who comes
/// second is told 412, reads what came, and appends only what is still missing. An `Idempotency-Key` would not do: the
/// server keeps only the latest of them, and an import may come again after years.
package struct ConversationImport: Sendable {
    let client: LarderClient
    let store: String
    let prefix: String
    let isDry: Bool

    /// Conversations at once, each with one request under way.
    private static let width = 8

    /// - Parameters:
    ///   - client: of the server.
    ///   - store: the store; its policy must call the keys logs.
    ///   - prefix: put in front of every key.
    ///   - isDry: whether to look only.
    package init(_ client: LarderClient, into store: String, prefix: String = "", isDry: Bool = false) {
        self.client = client
        self.store = store
        self.prefix = prefix
        self.isDry = isDry
    }

    /// Brings all conversations of a source.
    /// - Parameters:
    ///   - source: where they are.
    ///   - report: called often, from any thread; it counts turns.
    /// - Returns: what was done. Counted are turns; damaged rows and turns that the server refuses are among the
    ///   failures, and all others are brought.
    /// - Throws: `LarderClientError` when nothing more can be imported: `notALog`, `unreachable`, `forbidden`,
    ///   `fileError` and others.
    package func bring(_ source: any TurnSource, reporting report: (@Sendable (TransferProgress) -> Void)? = nil)
        async throws -> TransferOutcome
    {
        let list = ConversationList(headers: try await source.headers(), places: try await source.places())
        var begun = TransferOutcome()
        for row in list.damaged { begun.fail(row.label, because: "it \(row.what)") }
        let outcome = Mutex(begun)
        try await forEachAtOnce(list.conversations, width: Self.width) { conversation in
            var carrier = ConversationCarrier(self, conversation)
            do {
                for piece in conversation.turns.chunks(of: ConversationCarrier.chunkMax) {
                    try await carrier.bring(try await source.turns(Array(piece)))
                    let part = carrier.takeOutcome()
                    let now = outcome.withLock { outcome in
                        outcome.add(part)
                        return outcome
                    }
                    let done = now.transferred + now.skipped + now.failed
                    report?(TransferProgress(done: done, total: list.turnCount, bytes: now.bytes))
                }
                try await carrier.bringHeader()
            } catch let error as LarderClientError where !Self.isFatal(error) {
                carrier.fail(conversation.name.label, error)
            }
            let rest = carrier.takeOutcome()
            outcome.withLock { $0.add(rest) }
        }
        return outcome.withLock { $0 }
    }

    /// What the next conversation would meet, too.
    private static func isFatal(_ error: LarderClientError) -> Bool {
        error.endsTransfer || [.notALog, .invalidStore, .fileError, .invalidResponse].contains(error.code)
    }
}

extension Array {
    /// Pieces of at most so many.
    func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
