import DequeModule
package import LarderModel
import NIOCore
import NIOPosix
import Synchronization

/// Look-ups of entries in an index behind a network. What waits is asked for together, in one transaction, and one way
/// there and back: the more wait, the cheaper each gets.
///
/// - Blocks: threads of the readers' pool, at most ``workersMax`` of them.
/// - Bound: that of the requests under way.
final class EntryLookUps: Sendable {
    private static let togetherMax = 128
    private static let workersMax = 2

    /// What is asked for, and who waits for the answer.
    private struct Wish: Sendable {
        let name: EntryName
        let store: Int64?
        let wantsContent: Bool
        let answer: @Sendable (Result<FoundEntry?, any Error>) -> Void
    }
    private struct State {
        var waiting = Deque<Wish>()
        var workers = 0
    }

    private let database: any SQLDatabase
    private let threads: NIOThreadPool
    private let contents: ContentCache
    private let state = Mutex(State())

    init(_ database: any SQLDatabase, _ threads: NIOThreadPool, _ contents: ContentCache) {
        self.database = database
        self.threads = threads
        self.contents = contents
    }

    /// The entry as the index has it, expired or not; nil when there is none.
    /// - Parameter store: the number of its store, whatever its name is now; nil: whichever has the name.
    func entry(_ name: EntryName, store: Int64?, wantsContent: Bool) async throws -> FoundEntry? {
        try await withCheckedThrowingContinuation { continuation in
            add(Wish(name: name, store: store, wantsContent: wantsContent) { continuation.resume(with: $0) })
        }
    }

    private func add(_ wish: Wish) {
        let begins = state.withLock { state in
            state.waiting.append(wish)
            guard state.workers < Self.workersMax else { return false }
            state.workers += 1
            return true
        }
        guard begins else { return }
        threads.submit { [self] state in
            if case .active = state { work() } else { refuse() }
        }
    }

    /// What waits now; at the end, the worker is one less.
    private func take() -> [Wish] {
        state.withLock { state in
            let wishes = Array(state.waiting.prefix(Self.togetherMax))
            state.waiting.removeFirst(wishes.count)
            if wishes.isEmpty { state.workers -= 1 }
            return wishes
        }
    }

    private func work() {
        while true {
            let wishes = take()
            if wishes.isEmpty { return }
            do {
                let found = try database.read { try find(wishes, $0) }
                for (wish, entry) in zip(wishes, found) { wish.answer(entry) }
            } catch {
                let error = SQLFailure.reported(error)
                for wish in wishes { wish.answer(.failure(error)) }
            }
        }
    }

    private func refuse() {
        while true {
            let wishes = take()
            if wishes.isEmpty { return }
            let error = LarderError(.unavailable, "The server is shutting down; try again in a moment.")
            for wish in wishes { wish.answer(.failure(error)) }
        }
    }

    /// Damage of one row is that entry's alone.
    private func find(_ wishes: [Wish], _ db: any SQLSession) throws -> [Result<FoundEntry?, any Error>] {
        var found = [Result<FoundEntry?, any Error>](repeating: .success(nil), count: wishes.count)
        try db.ask(
            wishes.enumerated().map { i, wish in
                SQLQuestion(wish.store == nil ? IndexReader.entrySQL : IndexReader.numberedEntrySQL) {
                    if let store = wish.store {
                        $0.set(1, store)
                        $0.set(2, wish.name.key.bytes)
                    } else {
                        $0.set(1, wish.name.site.text)
                        $0.set(2, wish.name.store.bytes)
                        $0.set(3, wish.name.key.bytes)
                    }
                } read: { row in
                    found[i] = Result {
                        let entry = try IndexReader.entry(from: row)
                        return FoundEntry(
                            entry,
                            known: wish.wantsContent && entry.placement == .inline ? self.contents[entry.digest] : nil)
                    }
                }
            })
        let unknown = found.indices.filter {
            guard wishes[$0].wantsContent, let entry = (try? found[$0].get()) ?? nil else { return false }
            return entry.needsContent
        }
        try db.ask(
            unknown.compactMap { i in
                guard var entry = (try? found[i].get()) ?? nil else { return nil }
                return SQLQuestion(IndexReader.inlineContentSQL) {
                    $0.set(1, entry.entry.digest)
                } read: { row in
                    entry.fresh = row.bytes(0)
                    found[i] = .success(entry)
                }
            })
        return found
    }
}

/// An entry as the index has it.
package struct FoundEntry: Sendable {
    package let entry: Entry
    /// Its content as stored, where that was in memory.
    package let known: ContentCache.Stored?
    /// Its content as the index has it, which nobody has checked yet.
    package var fresh: [UInt8]?

    init(_ entry: Entry, known: ContentCache.Stored?) {
        self.entry = entry
        // The same content may have been kept in another form since.
        self.known = known.flatMap { $0.encoding == entry.encoding ? $0 : nil }
    }

    var needsContent: Bool { entry.placement == .inline && known == nil }
}
