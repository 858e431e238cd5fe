import Foundation
import Index
import LarderModel
import Retrieval

/// Ranks the items of vaults for a question. Pure: the same rows, question and time give the same hits in the same
/// order, on every machine.
///
/// Filters and scopes come first, then every item that they let through is compared, then windows choose. An item is as
/// good as its best passage; of items that say the same the best counts. Words and meaning are fused by reciprocal
/// rank: Cormack, Clarke and Büttcher, «Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
/// Methods», SIGIR 2009. Linear in the rows, but for sorting.
struct Ranking {
    /// A vault with what the question may see of it.
    struct Part: Sendable {
        let store: StoreName
        let rows: HotRows
        /// Keys whose time is over.
        let expired: Set<[UInt8]>
    }

    /// An item that was found.
    struct Found {
        let part: Int
        let item: Int
        /// Of its best passage.
        let row: Int
        let score: Double
        /// From 1, among all items; nil: it has none.
        let wordsRank, meaningRank: Int?
        /// Of the question's windows; nil: it lies in none.
        let window: Int?
    }

    /// What Cormack and others add to a rank.
    private static let fusionOffset = 60.0

    let question: Question
    let parts: [Part]
    let now: Timestamp
    let mode: Question.Mode
    /// By part and group of items: what it is among all parts' groups.
    private let groups: [[Int32]]
    private let groupCount: Int

    init(_ question: Question, _ parts: [Part], mode: Question.Mode, now: Timestamp) {
        self.question = question
        self.parts = parts
        self.mode = mode
        self.now = now
        if parts.count == 1 {
            groups = []
            groupCount = parts[0].rows.texts.count
        } else {
            var numbers: [Fingerprint: Int32] = [:]
            groups = parts.map { part in
                part.rows.texts.map { text in
                    let number = numbers[text] ?? Int32(numbers.count)
                    numbers[text] = number
                    return number
                }
            }
            groupCount = numbers.count
        }
    }

    /// Best first.
    func hits() -> [Found] {
        let scopes = parts.map { scope(in: $0) }
        let allowed = zip(parts, scopes).map { part, scope in filtered(scope.rows, in: part) }
        let words = mode == .meaning ? nil : ranked(byWords(scopes.map(\.rows), allowed))
        let meaning = mode == .words ? nil : ranked(byMeaning(allowed, scopes))
        // Items that both have found count once.
        let found = (words?.entries ?? []) + (meaning?.entries ?? []).filter { words?.row(of: $0) == nil }
        let scored = found.map { $0.scored(final($0, words, meaning, scopes[Int($0.part)].weights)) }
        return chosen(from: sorted(scored), words, meaning)
    }

    /// All that the scopes and the filter let through, by key: numbers of events, ascending; 0: the entry.
    func items() -> [(key: EntryKey, sequences: [Int64])] {
        var found: [[UInt8]: Set<Int64>] = [:]
        for part in parts {
            filtered(scope(in: part).rows, in: part).forEach { row in
                let item = part.rows.items[Int(part.rows.rows[row].item)]
                found[part.rows.keys[Int(item.document)], default: []].insert(item.sequence)
            }
        }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (EntryKey(trusted: $0.key), $0.value.sorted()) }
    }

    /// Items among all that the question reaches that have a vector of another model only.
    var otherModel: Int {
        guard mode != .words else { return 0 }
        return parts.reduce(0) { sum, part in
            var count = 0
            scope(in: part).rows.forEach { if part.rows.rows[$0].isOfOtherModel { count += 1 } }
            return sum + count
        }
    }

    // MARK: Which rows

    /// The rows that the question's scopes reach, and by document the weight that they give it.
    private func scope(in part: Part) -> (rows: RowSet, weights: [Double?]) {
        let scopes = question.scopes.filter { $0.store == part.store }
        var isReached: [Bool] = [], weights: [Double?] = []
        isReached.reserveCapacity(part.rows.keys.count)
        weights.reserveCapacity(part.rows.keys.count)
        for key in part.rows.keys {
            let reaching = scopes.filter { key.starts(with: $0.prefix) }
            isReached.append(!reaching.isEmpty && (part.expired.isEmpty || !part.expired.contains(key)))
            weights.append(reaching.compactMap(\.weight).max())
        }
        if isReached.allSatisfy({ $0 }) { return (part.rows.living, weights) }
        var rows = RowSet()
        part.rows.living.forEach { row in
            if isReached[Int(part.rows.items[Int(part.rows.rows[row].item)].document)] { rows.insert(row) }
        }
        return (rows, weights)
    }

    private func filtered(_ scope: RowSet, in part: Part) -> RowSet {
        let filter = question.filter
        guard filter.chooses else { return scope }
        let roles = filter.roles.map { wanted in part.rows.roles.texts.map { wanted.contains($0) } }
        let metadata = part.rows.metadata.texts.map { filter.fits(metadata: $0) }
        var rows = RowSet()
        scope.forEach { number in
            let row = part.rows.rows[number]
            if let roles, row.role < 0 || !roles[Int(row.role)] { return }
            if let since = filter.since, row.at < since { return }
            if let until = filter.until, row.at >= until { return }
            if metadata[Int(row.metadata)] { rows.insert(number) }
        }
        return rows
    }

    // MARK: Scores

    /// An item with its best passage, and what the order goes by: so that comparing two touches nothing else.
    private struct Scored {
        var score: Double
        /// Milliseconds since 1970.
        let at: Int64
        let sequence: Int64
        let part: Int32
        let item: Int32
        let row: Int32

        func scored(_ score: Double) -> Scored {
            var one = self
            one.score = score
            return one
        }
    }

    /// Items by what one way of searching says of them.
    private struct Ranks {
        /// Best first.
        let entries: [Scored]
        /// By part and item, the row of the best passage; -1: it was not found.
        let rows: [[Int32]]
        /// By group, from 1; 0: it was not found.
        let ranks: [Int32]

        /// The row of an item's best passage; nil: it was not found.
        func row(of one: Scored) -> Int? {
            let row = rows[Int(one.part)][Int(one.item)]
            return row < 0 ? nil : Int(row)
        }
    }

    /// What one part's items have: the best score and its row.
    private struct Best {
        var scores: [Double]
        var rows: [Int32]

        init(_ part: Part) {
            scores = Array(repeating: -.infinity, count: part.rows.items.count)
            rows = Array(repeating: -1, count: part.rows.items.count)
        }

        /// Of equal passages the first stays.
        mutating func offer(_ row: Int, _ score: Double, _ part: Part) {
            let item = Int(part.rows.rows[row].item)
            guard rows[item] < 0 || score > scores[item] else { return }
            scores[item] = score
            rows[item] = Int32(row)
        }
    }

    private func byWords(_ scopes: [RowSet], _ allowed: [RowSet]) -> [Best] {
        let asked = WordCounts(question.text ?? "")
        // Of all that is asked, so that scores of several vaults can be compared, and of nothing else.
        let statistics = zip(parts, scopes).map { $0.rows.words.statistics(of: asked, in: $1) }
            .reduce(WordStatistics(), +)
        return zip(parts, allowed).map { part, allowed in
            var best = Best(part)
            for (row, score) in part.rows.words.scores(of: asked, in: allowed, statistics) {
                best.offer(row, score, part)
            }
            return best
        }
    }

    private func byMeaning(_ allowed: [RowSet], _ scopes: [(rows: RowSet, weights: [Double?])]) -> [Best] {
        let asked = parts.map { part in question.vector.flatMap { try? part.rows.vectors?.question($0) } }
        if takesBest(scopes), let best = bestByMeaning(allowed, asked) { return best }
        return parts.indices.map { number in
            var best = Best(parts[number])
            guard let asked = asked[number], let vectors = parts[number].rows.vectors else { return best }
            var scores: [(row: Int, score: Float)] = []
            vectors.scores(of: asked, in: allowed[number], into: &scores)
            for (row, score) in scores { best.offer(row, Double(score), parts[number]) }
            return best
        }
    }

    /// Whether hits are the best scores and nothing else: who is not among them needs no score.
    private func takesBest(_ scopes: [(rows: RowSet, weights: [Double?])]) -> Bool {
        mode == .meaning && question.windows == nil && question.recency == nil
            && scopes.allSatisfy { $0.weights.allSatisfy { $0 == nil } }
    }

    /// So many of the best rows that all items are among them which can be hits: those of equal scores, too, whose
    /// order their times and keys decide.
    /// - Returns: nil: that would be most rows, and comparing all of them costs less.
    private func bestByMeaning(_ allowed: [RowSet], _ asked: [VectorQuestion?]) -> [Best]? {
        var count = max(4 * question.count, 64)
        while count * 4 <= allowed.reduce(0, { $0 + $1.count }) {
            // Rows that were not given have at most this score.
            var rest = -Double.infinity
            let best = parts.indices.map { number in
                var best = Best(parts[number])
                guard let asked = asked[number], let vectors = parts[number].rows.vectors else { return best }
                let found = vectors.best(count, of: asked, in: allowed[number])
                for (row, score) in found { best.offer(row, Double(score), parts[number]) }
                if found.count == count, let last = found.last { rest = max(rest, Double(last.score)) }
                return best
            }
            var groups: Set<Int> = []
            for (part, best) in best.enumerated() {
                for (item, row) in best.rows.enumerated() where row >= 0 && best.scores[item] > rest {
                    groups.insert(group(scored(0, part, item, row)))
                }
            }
            if groups.count >= question.count { return best }
            count *= 4
        }
        return nil
    }

    // MARK: Order

    /// By falling score, then the newest, then the highest number, then by key and store.
    private func isBefore(_ a: Scored, _ b: Scored) -> Bool {
        if a.score != b.score { return a.score > b.score }
        if a.at != b.at { return a.at > b.at }
        if a.sequence != b.sequence { return a.sequence > b.sequence }
        let keyA = key(a), keyB = key(b)
        if keyA != keyB { return keyA.lexicographicallyPrecedes(keyB) }
        return parts[Int(a.part)].store.bytes.lexicographicallyPrecedes(parts[Int(b.part)].store.bytes)
    }

    private func key(_ one: Scored) -> [UInt8] {
        parts[Int(one.part)].rows.keys[Int(parts[Int(one.part)].rows.items[Int(one.item)].document)]
    }

    private func scored(_ score: Double, _ part: Int, _ item: Int, _ row: Int32) -> Scored {
        Scored(
            score: score, at: parts[part].rows.rows[Int(row)].at.milliseconds,
            sequence: parts[part].rows.items[item].sequence, part: Int32(part), item: Int32(item), row: row)
    }

    private func sorted(_ found: [Scored]) -> [Scored] {
        ScoreOrder.sorted(found, by: { Float($0.score) }, isBefore)
    }

    private func group(_ one: Scored) -> Int {
        let own = parts[Int(one.part)].rows.items[Int(one.item)].group
        return Int(groups.isEmpty ? own : groups[Int(one.part)][Int(own)])
    }

    /// Items that say the same have the rank of the best of them.
    private func ranked(_ best: [Best]) -> Ranks {
        var entries: [Scored] = []
        for (part, best) in best.enumerated() {
            for (item, row) in best.rows.enumerated() where row >= 0 {
                entries.append(scored(best.scores[item], part, item, row))
            }
        }
        entries = sorted(entries)
        var ranks = Array(repeating: Int32(0), count: groupCount)
        var last: Int32 = 0
        for one in entries {
            let group = group(one)
            guard ranks[group] == 0 else { continue }
            last += 1
            ranks[group] = last
        }
        return Ranks(entries: entries, rows: best.map(\.rows), ranks: ranks)
    }

    private func final(_ one: Scored, _ words: Ranks?, _ meaning: Ranks?, _ weights: [Double?]) -> Double {
        var score = one.score
        if mode == .hybrid {
            let group = group(one)
            score = Self.fused(words?.ranks[group]) + Self.fused(meaning?.ranks[group])
        }
        let document = parts[Int(one.part)].rows.items[Int(one.item)].document
        if let weight = weights[Int(document)] { score = weight * max(score, 0) }
        guard let recency = question.recency else { return score }
        let age = max(age(one), 0)
        return (1 - recency.weight) * score + recency.weight * exp2(-age / recency.halfLife.seconds)
    }

    /// What a rank is worth; 0 is none.
    private static func fused(_ rank: Int32?) -> Double {
        guard let rank, rank > 0 else { return 0 }
        return 1 / (fusionOffset + Double(rank))
    }

    /// In seconds; what is of the future has a negative one.
    private func age(_ one: Scored) -> Double { Double(now.milliseconds - one.at) / 1_000 }

    // MARK: Hits

    /// Of items that say the same the first; as many as the question, or its windows, want.
    private func chosen(from found: [Scored], _ words: Ranks?, _ meaning: Ranks?) -> [Found] {
        var isTaken = Array(repeating: false, count: groupCount)
        var room = question.windows?.map(\.count) ?? []
        var hits: [Scored] = [], rest: [Scored] = []
        for one in found {
            if question.windows == nil, hits.count == question.count { break }
            let group = group(one)
            guard !isTaken[group] else { continue }
            isTaken[group] = true
            guard question.windows != nil else {
                hits.append(one)
                continue
            }
            if let window = window(one), room[window] > 0 {
                room[window] -= 1
                hits.append(one)
            } else if question.backfills, rest.count < question.count {
                rest.append(one)
            } else if !room.contains(where: { $0 > 0 }) {
                break
            }
        }
        if question.backfills { hits = sorted(hits + rest.prefix(room.reduce(0, +))) }
        return hits.map { one in
            let group = group(one)
            func rank(_ list: Ranks?) -> Int? {
                guard let rank = list?.ranks[group], rank > 0 else { return nil }
                return Int(rank)
            }
            // The passage that the better of the two ranks speaks of.
            let byWords = words?.row(of: one), byMeaning = meaning?.row(of: one)
            let isOfWords = byMeaning == nil || byWords != nil && rank(words) ?? .max <= rank(meaning) ?? .max
            return Found(
                part: Int(one.part), item: Int(one.item), row: (isOfWords ? byWords : byMeaning) ?? Int(one.row),
                score: one.score,
                wordsRank: rank(words), meaningRank: rank(meaning), window: window(one))
        }
    }

    private func window(_ one: Scored) -> Int? {
        let age = Duration.milliseconds(now.milliseconds - one.at)
        return question.windows?.firstIndex { $0.holds(age) }
    }
}
