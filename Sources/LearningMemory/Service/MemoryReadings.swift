import BlobStore
import LarderModel

/// What was read of contents before a transaction, by their digests: a content never changes, so what was read is right
/// for as long as an entry in the transaction still names it.
struct MemoryReadings: Sendable {
    /// Bytes of an evaluation or of a whole document that are looked into.
    static let documentMax = 1 << 20
    /// Bytes of a run's record or index. The recorded pipeline's has 35 KB when it is done.
    static let runMax = 2 << 20

    /// Whole documents that are about to be written.
    private var documents: [Digest: [UInt8]] = [:]
    /// Entries that may be evaluations; nil: it is none. A failure when it is damaged.
    private var evaluations: [Digest: Result<EvaluationDocument?, LarderError>] = [:]
    /// Entries of runs; nil: it says nothing. One that is damaged says nothing either: that is told when the entry
    /// itself is read.
    private var runs: [Digest: RunDocument?] = [:]

    mutating func add(document: [UInt8], _ digest: Digest) { documents[digest] = document }
    mutating func add(evaluation: Result<EvaluationDocument?, LarderError>, _ digest: Digest) {
        evaluations[digest] = evaluation
    }
    mutating func add(run: RunDocument?, _ digest: Digest) { runs.updateValue(run, forKey: digest) }

    /// - Throws: `LarderError` `.entryTooLarge`; `UnreadContent`.
    func document(_ entry: Entry) throws -> [UInt8] {
        guard entry.size <= Self.documentMax else {
            throw LarderError(.entryTooLarge, "A memory document is at most 1 MiB.")
        }
        guard let document = documents[entry.digest] else { throw UnreadContent([entry]) }
        return document
    }

    /// - Returns: nil when it is no evaluation; none is larger than ``documentMax``.
    /// - Throws: `LarderError` `.corruptEntry`; `UnreadContent`.
    func evaluation(_ entry: Entry) throws -> EvaluationDocument? {
        guard entry.size <= Self.documentMax, entry.placement != .log else { return nil }
        guard let evaluation = evaluations[entry.digest] else { throw UnreadContent([entry]) }
        return try evaluation.get()
    }

    /// What entries say of a run, nil for those that say nothing.
    /// - Throws: `UnreadContent` naming all of them that were not read.
    func runs(_ entries: [Entry?]) throws -> [RunDocument?] {
        var found: [RunDocument?] = []
        var unread: [Entry] = []
        for entry in entries {
            guard let entry, entry.size <= Self.runMax, entry.placement != .log else {
                found.append(nil)
                continue
            }
            guard let run = runs[entry.digest] else {
                unread.append(entry)
                continue
            }
            found.append(run)
        }
        guard unread.isEmpty else { throw UnreadContent(unread) }
        return found
    }
}
