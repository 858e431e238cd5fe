import Index
import LarderModel
import Retrieval

/// A vault in memory, and how it is brought up to date: by what was written and removed behind the position that it has
/// reached. One state of the index says both, so what is held is that state, no more and no less.
struct HotVault: Sendable {
    private(set) var rows = HotRows()
    /// The rule that its vectors follow; nil: it has none.
    let vector: Policy.Index.Vector?
    /// All that was written at positions up to this one is in.
    private(set) var reached: Int64 = 0
    private var documents: [[UInt8]: Int32] = [:]
    private var items: [ItemPlace: Int32] = [:]
    /// Items of each key; some may be gone.
    private var itemsOfDocument: [[Int32]] = []
    /// The rows of each item's passages, as they were written last; ``noRow`` for one that was not.
    private var rowsOfItem: [[Int32]] = []
    private static let noRow: Int32 = -1
    private var groups: [Fingerprint: Int32] = [:]
    private var textBytes = 0

    private struct ItemPlace: Hashable, Sendable {
        let document: Int32
        let sequence: Int64
    }

    init(_ vector: Policy.Index.Vector?) {
        self.vector = vector
        rows.vectors = vector.map { VectorTable(dims: $0.dims, metric: $0.metric.table) }
    }

    /// Bytes of memory, about.
    var bytes: Int {
        rows.rows.count * MemoryLayout<HotRows.Row>.stride
            + rows.items.count * (MemoryLayout<HotRows.Item>.stride + 2 * MemoryLayout<ItemPlace>.stride + 128)
            + textBytes
            + rows.words.bytes + (rows.vectors?.bytes ?? 0)
    }

    /// Whether most rows are gone, so that reading all anew gives memory back.
    var isWorn: Bool { rows.rows.count > 10_000 && rows.living.count * 2 < rows.rows.count }

    /// It does not fit into memory.
    struct TooLarge: Error {}

    /// Takes in what one state of the index has and this has not.
    /// - Throws: what the index throws, ``TooLarge``, and what damaged rows are; the value is useless then.
    mutating func catchUp(_ reader: IndexReader, _ vault: VaultRow, bytesMax: Int) throws {
        let settled = try reader.positions().settled
        let removed = try reader.removedItems(of: vault.store, after: reached)
        for removal in removed { remove(removal) }
        let left = removed.filter { !$0.isDone }
        var pending: Passage?
        try reader.passages(of: vault.store, after: reached) { row in
            if var waiting = pending, waiting.position == row.position {
                waiting.offerVector(of: row, vector)
                pending = waiting
            } else {
                if let waiting = pending { try append(waiting, unless: left) }
                if rows.rows.count % 4_096 == 4_095, bytes > bytesMax { throw TooLarge() }
                pending = try Passage(row, vector)
            }
        }
        if let waiting = pending { try append(waiting, unless: left) }
        if bytes > bytesMax { throw TooLarge() }
        reached = max(reached, settled)
    }

    private mutating func remove(_ removal: RemovedItems) {
        guard let document = documents[removal.key] else { return }
        for item in itemsOfDocument[Int(document)]
        where removal.sequences.contains(rows.items[Int(item)].sequence) {
            for row in rowsOfItem[Int(item)].map(Int.init)
            where row >= 0 && rows.rows[row].position < removal.position {
                rows.living.remove(row)
            }
        }
    }

    /// - Parameter removed: what is gone though its rows may still be there.
    private mutating func append(_ passage: Passage, unless removed: [RemovedItems]) throws {
        let isGone = removed.contains {
            $0.position > passage.position && $0.sequences.contains(passage.sequence) && $0.key == passage.key
        }
        guard !isGone else { return }
        let row = rows.rows.count
        let item = item(of: passage)
        while rowsOfItem[item].count <= passage.number { rowsOfItem[item].append(Self.noRow) }
        let old = Int(rowsOfItem[item][passage.number])
        if old >= 0 {
            // While its position is not settled it is read again.
            if rows.rows[old].position == passage.position { return }
            let isSame = rows.living.contains(old) && rows.rows[old].fingerprint == passage.fingerprint
            rows.living.remove(old)
            if !isSame { note(passage, in: item) }
        } else {
            note(passage, in: item)
        }
        rowsOfItem[item][passage.number] = Int32(row)
        rows.rows.append(
            HotRows.Row(
                item: Int32(item), number: Int32(passage.number), position: passage.position, at: passage.at,
                role: passage.role.map { rows.roles.number(of: $0) } ?? -1,
                metadata: rows.metadata.number(of: passage.metadata), fingerprint: passage.fingerprint,
                isOfOtherModel: passage.vector == nil && passage.hasOtherModel))
        rows.living.insert(row)
        rows.words.append(passage.words)
        if let vector = passage.vector { try rows.vectors?.append(bytes: vector) } else { rows.vectors?.appendNone() }
    }

    /// Takes a passage into the text of its item: they are written in their order, each text from its beginning.
    private mutating func note(_ passage: Passage, in item: Int) {
        var known = rows.items[item]
        known.text = passage.number == 0 ? passage.fingerprint : known.text.followed(by: passage.fingerprint)
        known.group = group(known.text)
        known.count = passage.number == 0 ? 1 : max(known.count, Int32(passage.number) + 1)
        rows.items[item] = known
    }

    private mutating func item(of passage: Passage) -> Int {
        let place = ItemPlace(document: document(passage.key), sequence: passage.sequence)
        if let known = items[place] { return Int(known) }
        let number = rows.items.count
        rows.items.append(
            HotRows.Item(
                document: place.document, sequence: place.sequence, text: passage.fingerprint,
                group: group(passage.fingerprint), count: 0))
        rowsOfItem.append([])
        items[place] = Int32(number)
        itemsOfDocument[Int(place.document)].append(Int32(number))
        return number
    }

    private mutating func group(_ text: Fingerprint) -> Int32 {
        if let known = groups[text] { return known }
        let number = Int32(rows.texts.count)
        rows.texts.append(text)
        groups[text] = number
        return number
    }

    private mutating func document(_ key: [UInt8]) -> Int32 {
        if let known = documents[key] { return known }
        let number = Int32(rows.keys.count)
        rows.keys.append(key)
        itemsOfDocument.append([])
        documents[key] = number
        // The array's head, its copy in the table, and what each takes beside its bytes.
        textBytes += 2 * key.count + 128
        return number
    }

    /// A passage whose vectors come row by row.
    private struct Passage {
        let key: [UInt8]
        let sequence: Int64
        let number: Int
        let position: Int64
        let at: Timestamp
        let role: [UInt8]?
        let metadata: [UInt8]
        let fingerprint: Fingerprint
        let words: WordCounts
        var vector: [UInt8]?
        var hasOtherModel = false

        init(_ row: PassageRow, _ rule: Policy.Index.Vector?) throws {
            key = Array(row.key)
            sequence = row.sequence
            number = row.number
            position = row.position
            at = row.at
            role = row.role
            metadata = Array(row.metadata)
            fingerprint = try row.fingerprint()
            words = try WordCounts(bytes: Array(row.words))
            offerVector(of: row, rule)
        }

        /// Takes the first vector that is of the model.
        mutating func offerVector(of row: PassageRow, _ rule: Policy.Index.Vector?) {
            guard let rule, let model = row.model else { return }
            let fits = rule.model.map { $0.utf8.elementsEqual(model.utf8) } ?? true
            if fits, row.vector.count == 4 * rule.dims {
                if vector == nil { vector = Array(row.vector) }
            } else {
                hasOtherModel = true
            }
        }
    }
}

extension Policy.Index.Metric {
    var table: VectorMetric {
        switch self {
        case .cosine: .cosine
        case .dot: .dot
        case .l2: .l2
        }
    }
}
