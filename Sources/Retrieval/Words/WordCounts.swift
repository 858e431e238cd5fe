/// Which words a passage has and how often, in the form in which the index keeps it.
///
///     1 byte    the form: 1
///     1–5 bytes how many different words (LEB128)
///     8 bytes   for each, ascending: its hash, little-endian
///     1–3 bytes for each, in the same order: how often, 1…65,535 (LEB128)
///     4 bytes   a checksum of all that is before
///
/// A word is known by a hash of 64 bits, which is small and fast to compare. Two of ten million different words are
/// taken for the same one time in 370,000; who makes such words on purpose only finds what has both.
package struct WordCounts: Sendable, Equatable {
    package let bytes: [UInt8]
    /// How many words, each as often as it comes.
    package let length: Int
    /// How many different words.
    package let distinctCount: Int

    /// A word that comes more often counts as so often.
    static let maxCount = 65_535

    /// No words.
    package init() { self.init(sorted: []) }

    package init(_ text: String) {
        struct Hashes: WordSink {
            var hashes: [UInt64] = []
            mutating func take(_ word: ArraySlice<UInt8>) { hashes.append(WordHash.of(word)) }
        }
        var scanner = WordScanner(Hashes())
        scanner.scan(text)
        self.init(sorted: scanner.sink.hashes.sorted())
    }

    private init(sorted hashes: [UInt64]) {
        var words: [UInt64] = []
        var counts: [Int] = []
        for hash in hashes {
            if hash == words.last {
                counts[counts.count - 1] = min(counts[counts.count - 1] + 1, Self.maxCount)
            } else {
                words.append(hash)
                counts.append(1)
            }
        }
        bytes = WordCountsCoding.encode(words, counts)
        length = counts.reduce(0, +)
        distinctCount = words.count
    }

    /// - Throws: ``WordCountsFault`` when these are not the bytes of any.
    package init(bytes: [UInt8]) throws(WordCountsFault) {
        (length, distinctCount) = try WordCountsCoding.check(bytes)
        self.bytes = bytes
    }

    /// Each different word's hash and how often it comes, in ascending order of hashes.
    func forEach(_ body: (_ word: UInt64, _ count: Int) -> Void) {
        bytes.withUnsafeBytes { bytes in
            var reader = WordCountsReader(bytes, distinctCount)
            while let (word, count) = reader.next() { body(word, count) }
        }
    }

    /// How often a word comes.
    func count(of word: UInt64) -> Int {
        bytes.withUnsafeBytes { WordCountsReader($0, distinctCount).count(of: word) }
    }

    /// The hashes of its different words, ascending.
    var words: [UInt64] {
        var words: [UInt64] = []
        words.reserveCapacity(distinctCount)
        forEach { word, _ in words.append(word) }
        return words
    }
}

/// Stored counts of words that are damaged: no form of ``WordCounts``.
package struct WordCountsFault: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String { "The stored counts of a passage's words are damaged." }
}
