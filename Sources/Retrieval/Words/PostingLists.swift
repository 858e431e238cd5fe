/// The postings of rows by word, on their way into a ``WordSegment``.
struct PostingLists {
    private(set) var words: [UInt64] = []
    private(set) var starts: [Int] = []
    private(set) var postings: [UInt32] = []

    private struct Entry {
        var word: UInt64 = 0
        var posting: UInt32 = 0
    }

    /// - Parameter rows: At most ``WordSegment/maxRows``.
    init(_ rows: [WordCounts]) {
        var entries: [Entry] = []
        entries.reserveCapacity(rows.reduce(0) { $0 + $1.distinctCount })
        for (row, counts) in rows.enumerated() {
            counts.forEach { word, count in
                entries.append(Entry(word: word, posting: UInt32(row) << 16 | UInt32(count)))
            }
        }
        Self.sort(&entries)
        postings.reserveCapacity(entries.count)
        for entry in entries {
            if entry.word != words.last || words.isEmpty { begin(entry.word) }
            postings.append(entry.posting)
        }
        starts.append(postings.count)
    }

    /// The second one's rows come behind the first one's.
    init(_ first: WordSegment, _ second: WordSegment) {
        postings.reserveCapacity(first.postingCount + second.postingCount)
        words.reserveCapacity(max(first.words.count, second.words.count))
        starts.reserveCapacity(max(first.words.count, second.words.count) + 1)
        let shift = UInt32(first.rowCount) << 16
        var (one, two) = (0, 0)
        while one < first.words.count || two < second.words.count {
            let isFirst =
                one < first.words.count && (two == second.words.count || first.words[one] <= second.words[two])
            let isSecond = two < second.words.count && (!isFirst || first.words[one] == second.words[two])
            begin(isFirst ? first.words[one] : second.words[two])
            if isFirst {
                for place in first.starts[one]..<first.starts[one + 1] { postings.append(first.postings[place]) }
                one += 1
            }
            if isSecond {
                for place in second.starts[two]..<second.starts[two + 1] {
                    postings.append(second.postings[place] + shift)
                }
                two += 1
            }
        }
        starts.append(postings.count)
    }

    private mutating func begin(_ word: UInt64) {
        words.append(word)
        starts.append(postings.count)
    }

    // MARK: Sorting

    /// Digits of 11 bits that are sorted by: the 22 highest bits of a hash.
    private static let digitBits: UInt64 = 11

    /// By word, and rows in their order: by counting on the highest bits (LSD radix sort: Knuth, TAOCP 3, §5.2.5), and
    /// by comparing where these are alike and the rest is not, which is rare unless somebody makes it so.
    private static func sort(_ entries: inout [Entry]) {
        var other = entries
        scatter(entries, by: 64 - 2 * digitBits, into: &other)
        scatter(other, by: 64 - digitBits, into: &entries)
        var place = 1
        while place < entries.count {
            if entries[place].word < entries[place - 1].word {
                let high = entries[place].word >> (64 - 2 * digitBits)
                let start = (entries[..<place].lastIndex { $0.word >> (64 - 2 * digitBits) != high } ?? -1) + 1
                let end = entries[place...].firstIndex { $0.word >> (64 - 2 * digitBits) != high } ?? entries.count
                entries[start..<end].sort { ($0.word, $0.posting) < ($1.word, $1.posting) }
                place = end
            }
            place += 1
        }
    }

    /// Puts entries in the order of one digit, those with the same one in the order that they have.
    private static func scatter(_ entries: [Entry], by shift: UInt64, into out: inout [Entry]) {
        let mask: UInt64 = 1 << digitBits - 1
        var places = [Int](repeating: 0, count: 1 << Int(digitBits) + 1)
        for entry in entries { places[Int(entry.word >> shift & mask) + 1] += 1 }
        for digit in 1..<places.count { places[digit] += places[digit - 1] }
        for entry in entries {
            let digit = Int(entry.word >> shift & mask)
            out[places[digit]] = entry
            places[digit] += 1
        }
    }
}
