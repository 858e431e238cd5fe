package import BlobStore
import Disk
import Index
package import LarderModel

/// Vaults: stores whose items are found by words, by meaning and in time. What is stored stays as it was said;
/// searching changes nothing.
///
/// Ranking runs on threads of its own: it computes, for microseconds in a small vault and for many milliseconds in a
/// large one, and neither event loops nor what waits for the disk wait for it.
package final class VaultService: Sendable {
    let blobs: BlobStore
    private let hot: HotVaults
    private let pool: DiskPool

    /// From now on, entries of vaults are indexed as they are written. To be made once, before there are writes.
    /// - Parameters:
    ///   - memory: bytes that vaults take in memory together.
    ///   - threads: that rank.
    ///   - watches: whether it is the one that indexes.
    package init(blobs: BlobStore, memory: ByteCount = memoryDefault, threads: Int, watches: Bool = true) {
        self.blobs = blobs
        hot = HotVaults(blobs, bytesMax: Int(memory.bytes))
        pool = DiskPool(threads: threads)
        if watches { blobs.watch(with: VaultWatcher(policies: blobs.policies)) }
    }

    package static let memoryDefault = ByteCount(512_000_000)

    /// What makes items of a store; nil: it is no vault.
    package static func maker(of store: StoreName, _ policies: PolicyBook) -> ItemMaker? {
        policies.policy(for: store).index.map { ItemMaker($0) }
    }

    /// Times a question is asked again when what it found is gone before it is read.
    private static let attemptsMax = 10

    /// Answers a question by one state of each vault.
    /// - Throws: `LarderError` `.notAVault`, `.invalidVector`, `.malformedRequest` for a mode that the question or a
    ///   vault does not allow, `.unavailable`.
    package func search(_ question: Question) async throws -> SearchAnswer {
        let rules = try rules(of: question)
        let mode = try mode(of: question, rules.map(\.rule))
        for _ in 0..<Self.attemptsMax {
            var parts: [Ranking.Part] = [], numbers: [Int64] = []
            for (store, rule) in rules {
                guard let found = try await hot.current(store, in: question.site, rule) else { continue }
                parts.append(Ranking.Part(store: store, rows: found.rows, expired: found.expired))
                numbers.append(found.number)
            }
            if parts.isEmpty { return SearchAnswer(hits: [], windows: counts(question, []), mode: mode, otherModel: 0) }
            let ranking = Ranking(question, parts, mode: mode, now: blobs.now)
            let (found, otherModel) = try await pool.run { (ranking.hits(), ranking.otherModel) }
            guard let texts = try await texts(of: found, parts, numbers) else { continue }
            let hits = zip(found, texts).map { hit($0, $1, ranking) }
            return SearchAnswer(hits: hits, windows: counts(question, found), mode: mode, otherModel: otherModel)
        }
        throw LarderError(.unavailable, "What was found is written too often; try again.")
    }

    /// All items that the scopes and the filter of a question let through: keys, each with the numbers of its events,
    /// or 0 for the entry itself; ascending.
    /// - Throws: `LarderError` `.notAVault`, `.unavailable`.
    package func items(_ question: Question) async throws -> [(key: EntryKey, sequences: [Int64])] {
        var parts: [Ranking.Part] = []
        for (store, rule) in try rules(of: question) {
            guard let found = try await hot.current(store, in: question.site, rule) else { continue }
            parts.append(Ranking.Part(store: store, rows: found.rows, expired: found.expired))
        }
        guard !parts.isEmpty else { return [] }
        let ranking = Ranking(question, parts, mode: .words, now: blobs.now)
        return try await pool.run { ranking.items() }
    }

    /// The stores that are asked, each once, with what their policies say.
    private func rules(of question: Question) throws(LarderError) -> [(store: StoreName, rule: Policy.Index)] {
        var rules: [(store: StoreName, rule: Policy.Index)] = []
        for scope in question.scopes where !rules.contains(where: { $0.store == scope.store }) {
            guard let rule = blobs.policies.policy(for: scope.store).index else {
                throw LarderError(
                    .notAVault,
                    "Nothing in the store '\(scope.store)' is indexed: its policy has no 'index' (docs/search.md).")
            }
            rules.append((scope.store, rule))
        }
        return rules
    }

    private func mode(of question: Question, _ rules: [Policy.Index]) throws(LarderError) -> Question.Mode {
        let words = question.text != nil && rules.contains { $0.hasWords }
        let vectors = question.vector != nil && rules.contains { $0.vector != nil }
        if let vector = question.vector {
            for rule in rules.compactMap(\.vector) { try VectorText.check(vector, rule, "The question") }
        }
        switch question.mode {
        case .words where !words:
            throw LarderError(.malformedRequest, "Words need a text, and a vault that indexes words.")
        case .meaning where !vectors, .hybrid where !(words && vectors):
            throw LarderError(
                .malformedRequest,
                question.vector == nil
                    ? "Meaning needs a vector." : "None of these vaults has vectors: their policies name none.")
        case let mode?: return mode
        case nil:
            guard words || vectors else {
                throw LarderError(.malformedRequest, "A question needs a text or a vector that its vaults can compare.")
            }
            return words && vectors ? .hybrid : words ? .words : .meaning
        }
    }

    /// - Returns: nil: one of them is gone.
    private func texts(of found: [Ranking.Found], _ parts: [Ranking.Part], _ numbers: [Int64]) async throws
        -> [[UInt8]]?
    {
        let places = found.map { one in
            let rows = parts[one.part].rows
            let item = rows.items[one.item]
            return (
                numbers[one.part], rows.keys[Int(item.document)], item.sequence, Int(rows.rows[one.row].number)
            )
        }
        guard !places.isEmpty else { return [] }
        return try await blobs.look { reader in
            var texts: [[UInt8]] = []
            for (store, key, sequence, number) in places {
                guard let text = try reader.passageText(store, key, sequence, number) else { return nil }
                texts.append(text)
            }
            return texts
        }
    }

    private func hit(_ found: Ranking.Found, _ text: [UInt8], _ ranking: Ranking) -> SearchAnswer.Hit {
        let part = ranking.parts[found.part]
        let row = part.rows.rows[found.row], item = part.rows.items[found.item]
        return SearchAnswer.Hit(
            store: part.store, key: EntryKey(trusted: part.rows.keys[Int(item.document)]),
            sequence: item.sequence == 0 ? nil : item.sequence, passage: item.count > 1 ? Int(row.number) : nil,
            at: row.at, score: found.score, wordsRank: found.wordsRank, meaningRank: found.meaningRank,
            window: found.window.flatMap { ranking.question.windows?[$0].name },
            role: row.role < 0 ? nil : part.rows.roles[row.role], text: text, metadata: part.rows.metadata[row.metadata]
        )
    }

    private func counts(_ question: Question, _ found: [Ranking.Found]) -> [(name: String, count: Int)]? {
        question.windows.map { windows in
            windows.enumerated().map { number, window in (window.name, found.count { $0.window == number }) }
        }
    }

    /// Ends the threads that rank. Questions under way come to their end.
    package func close() async { try? await pool.shutDown() }
}
