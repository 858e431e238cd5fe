/// Rows side by side, found by word. It never changes.
final class WordSegment: Sendable {
    /// A row in a segment has 16 bits.
    static let maxRows = 65_536
    /// Segments are not merged beyond, so that a merge takes not too long.
    static let maxPostings = 8_388_608

    /// The first row's number in the table.
    let base: Int
    /// How many words each row has.
    let lengths: [UInt32]
    let totalLength: Int
    /// The hashes of the words, ascending.
    let words: [UInt64]
    /// Where each word's postings begin, and where the last one's end.
    let starts: [Int]
    /// A row of the segment in the high 16 bits, how often it has the word in the low ones; by word, and ascending
    /// rows.
    let postings: [UInt32]

    var rowCount: Int { lengths.count }
    var postingCount: Int { postings.count }
    /// The bytes of memory that it takes.
    var bytes: Int { lengths.capacity * 4 + words.capacity * 8 + starts.capacity * 8 + postings.capacity * 4 }

    init(base: Int, lengths: [UInt32], _ lists: PostingLists) {
        self.base = base
        self.lengths = lengths
        totalLength = lengths.reduce(0) { $0 + Int($1) }
        words = lists.words
        starts = lists.starts
        postings = lists.postings
    }

    convenience init(_ rows: [WordCounts], base: Int) {
        let lengths = rows.map { UInt32(clamping: $0.length) }
        self.init(base: base, lengths: lengths, PostingLists(rows))
    }

    /// One behind the other.
    convenience init(_ first: WordSegment, _ second: WordSegment) {
        self.init(base: first.base, lengths: first.lengths + second.lengths, PostingLists(first, second))
    }

    func canMerge(_ next: WordSegment) -> Bool {
        rowCount + next.rowCount <= Self.maxRows && postingCount + next.postingCount <= Self.maxPostings
    }

    /// The postings of a word, as places in ``postings``; empty: no row has it.
    func places(of word: UInt64) -> Range<Int> {
        var low = 0
        var high = words.count
        while low < high {
            let middle = (low + high) / 2
            if words[middle] < word { low = middle + 1 } else { high = middle }
        }
        guard low < words.count, words[low] == word else { return 0..<0 }
        return starts[low]..<starts[low + 1]
    }

    /// How many rows of the scope these postings are of.
    func rowCount(of places: Range<Int>, in scope: RowSet) -> Int {
        if places.isEmpty || scope.count(in: base..<base + rowCount) == rowCount { return places.count }
        return postings[places].reduce(0) { $0 + (scope.contains(base + Self.row($1)) ? 1 : 0) }
    }

    static func row(_ posting: UInt32) -> Int { Int(posting >> 16) }
    static func occurrences(_ posting: UInt32) -> Int { Int(posting & 0xFFFF) }
}
