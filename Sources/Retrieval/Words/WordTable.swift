/// An inverted index in memory: for each word the rows that hold it, and how often.
///
/// A value: a copy is cheap and keeps its rows while the original goes on. New rows wait as they came; each 2,048 of
/// them become a segment, in which they are found by word, and small segments are merged as they come (the logarithmic
/// method: Bentley & Saxe 1980). Segments are shared between copies and never change.
package struct WordTable: Sendable {
    private(set) var segments: [WordSegment] = []
    /// The rows behind those of the segments.
    private(set) var waiting: [WordCounts] = []
    private var waitingPostings = 0
    private var waitingBytes = 0

    /// When the rows that wait become a segment: at so many, or so many different words of rows.
    private static let maxWaiting = 2_048
    private static let maxWaitingPostings = 262_144

    package init() {}

    package var count: Int { segmentRows + waiting.count }
    /// The bytes of memory that it takes.
    package var bytes: Int { waitingBytes + segments.reduce(0) { $0 + $1.bytes } }

    /// How many rows the segments have.
    var segmentRows: Int { segments.last.map { $0.base + $0.rowCount } ?? 0 }

    /// Puts a passage's words into row `count`. It may have none.
    ///
    /// Once in a while this merges segments, which takes up to some tens of milliseconds: a segment has at most
    /// ``WordSegment/maxRows`` rows and ``WordSegment/maxPostings`` postings.
    package mutating func append(_ words: WordCounts) {
        waiting.append(words)
        waitingPostings += words.distinctCount
        waitingBytes += words.bytes.capacity + MemoryLayout<WordCounts>.stride + 32
        guard waiting.count == Self.maxWaiting || waitingPostings >= Self.maxWaitingPostings else { return }
        segments.append(WordSegment(waiting, base: segmentRows))
        waiting.removeAll()
        (waitingPostings, waitingBytes) = (0, 0)
        while mergeLast() {}
    }

    /// Makes one of the last two segments if they are alike in size. Every posting is so merged only a few times.
    private mutating func mergeLast() -> Bool {
        guard segments.count >= 2 else { return false }
        let (older, younger) = (segments[segments.count - 2], segments[segments.count - 1])
        guard older.postingCount <= 2 * younger.postingCount, older.canMerge(younger) else { return false }
        segments.removeLast(2)
        segments.append(WordSegment(older, younger))
        return true
    }
}
