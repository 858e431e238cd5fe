/// Rows of a table, as bits. A row's number is its place, from 0.
///
/// It has a bit for every number up to the highest row that it ever held: 12.5 KB for 100,000 rows.
package struct RowSet: Sendable {
    /// Row r is bit r % 64 of word r / 64.
    var words: [UInt64] = []

    package init() {}

    package init(_ rows: Range<Int>) {
        precondition(rows.lowerBound >= 0, "rows are counted from 0")
        guard !rows.isEmpty else { return }
        words = [UInt64](repeating: 0, count: (rows.upperBound + 63) / 64)
        for word in rows.lowerBound / 64..<words.count { words[word] = Self.mask(of: rows, word) }
    }

    package init(_ rows: some Sequence<Int>) {
        for row in rows { insert(row) }
    }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// How many rows it holds.
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// How many of these rows it holds.
    package func count(in rows: Range<Int>) -> Int {
        let rows = rows.clamped(to: 0..<words.count * 64)
        guard !rows.isEmpty else { return 0 }
        return (rows.lowerBound / 64...(rows.upperBound - 1) / 64)
            .reduce(0) { $0 + (words[$1] & Self.mask(of: rows, $1)).nonzeroBitCount }
    }

    /// The bytes of memory that it takes.
    package var bytes: Int { words.capacity * 8 }

    package func contains(_ row: Int) -> Bool {
        row >= 0 && row / 64 < words.count && words[row / 64] >> UInt64(row % 64) & 1 == 1
    }

    package mutating func insert(_ row: Int) {
        precondition(row >= 0, "rows are counted from 0")
        if row / 64 >= words.count {
            words.append(contentsOf: repeatElement(0, count: row / 64 + 1 - words.count))
        }
        words[row / 64] |= 1 << UInt64(row % 64)
    }

    package mutating func remove(_ row: Int) {
        guard row >= 0, row / 64 < words.count else { return }
        words[row / 64] &= ~(1 << UInt64(row % 64))
    }

    /// The bits of a word that stand for these rows.
    static func mask(of rows: Range<Int>, _ word: Int) -> UInt64 {
        let low = max(rows.lowerBound - word * 64, 0)
        let high = min(rows.upperBound - word * 64, 64)
        guard low < high else { return 0 }
        return (UInt64.max >> UInt64(64 - (high - low))) << UInt64(low)
    }
}

extension RowSet: Equatable {
    /// The same rows, whatever higher ones either held before.
    package static func == (one: RowSet, other: RowSet) -> Bool {
        let common = min(one.words.count, other.words.count)
        return one.words[..<common] == other.words[..<common] && one.words[common...].allSatisfy { $0 == 0 }
            && other.words[common...].allSatisfy { $0 == 0 }
    }
}
