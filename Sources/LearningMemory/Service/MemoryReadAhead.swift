import BlobStore
import Disk
import Index
import LarderModel
import NIOCore

/// Reads what the steps of a memory will ask for, before their transaction: looks which entries they would look into,
/// reads those, and looks again, for what one says may lead to another. Files are read on the pool, one at a time.
struct MemoryReadAhead {
    private let blobs: BlobStore
    /// Counts what is read until it is parsed. Of a document that a client writes, that client's request counts more.
    private let buffers: BufferBudget
    /// The write that is about to happen; nil: none.
    private let planned: (name: EntryName, content: EntryContent)?
    private(set) var readings = MemoryReadings()

    /// Looks before a transaction; each reads on. A run is looked for in 33 families of stores at most, one a look.
    /// What is still missing then, because others write it all the time, is missed in the transaction.
    private static let looksMax = 100
    /// Larger documents are parsed on the pool, not to hold up other tasks.
    private static let parsedHereMax = 64 << 10

    init(_ blobs: BlobStore, _ buffers: BufferBudget, planned: (name: EntryName, content: EntryContent)? = nil) {
        self.blobs = blobs
        self.buffers = buffers
        self.planned = planned
    }

    /// Reads the whole document that is about to be written.
    mutating func readPlannedDocument() async throws {
        guard let planned, planned.content.entry.size <= MemoryReadings.documentMax else { return }
        let bytes = try await planned.content.collect(limit: MemoryReadings.documentMax)
        readings.add(document: bytes, planned.content.entry.digest)
    }

    /// Reads the evaluation that is about to be written.
    /// - Returns: nil when it is none.
    mutating func readPlannedEvaluation() async throws -> EvaluationDocument? {
        guard let planned, planned.content.entry.size <= MemoryReadings.documentMax else { return nil }
        let bytes = try await planned.content.collect(limit: MemoryReadings.documentMax)
        let evaluation = try await readEvaluation(bytes)
        readings.add(evaluation: .success(evaluation), planned.content.entry.digest)
        return evaluation
    }

    /// Reads entries that may be evaluations, those that were not read yet.
    mutating func readEvaluations(_ entries: [Entry]) async throws {
        for entry in entries {
            do { _ = try readings.evaluation(entry) } catch is UnreadContent {
                let read: Result<EvaluationDocument?, LarderError>
                let lease = try lease(entry.size)
                defer { withExtendedLifetime(lease) {} }
                do {
                    let bytes = try await blobs.plainContent(of: entry, limit: MemoryReadings.documentMax) ?? []
                    read = .success(try await readEvaluation(bytes))
                } catch let error as LarderError { read = .failure(error) }
                readings.add(evaluation: read, entry.digest)
            } catch is LarderError { continue }
        }
    }

    /// Reads what the entries of rated runs say, as far as it will be asked for.
    /// - Parameter rated: the runs, as one state of the index has them.
    mutating func readRuns(_ rated: @escaping @Sendable (IndexReader) throws -> [RatedRunName]) async throws {
        for _ in 0..<Self.looksMax {
            let readings = readings, policies = blobs.policies, now = blobs.now
            let written = planned.map { ($0.name, $0.content.entry) }
            let unread = try await blobs.look { reader in
                let lookUp = RunLookUp(
                    readings: readings, policies: policies, reader: reader, now: now, planned: written)
                var unread: [Digest: Entry] = [:]
                for name in try rated(reader) {
                    do { _ = try lookUp.facts(of: name) } catch let missing as UnreadContent {
                        for entry in missing.entries { unread[entry.digest] = entry }
                    }
                }
                return Array(unread.values)
            }
            if unread.isEmpty { return }
            for entry in unread { self.readings.add(run: try await runDocument(entry), entry.digest) }
        }
    }

    /// - Returns: nil when it says nothing: it is no JSON object, damaged, or was replaced since it was seen.
    private func runDocument(_ entry: Entry) async throws -> RunDocument? {
        let lease = try lease(entry.size)
        defer { withExtendedLifetime(lease) {} }
        let bytes: [UInt8]?
        do {
            if let planned, planned.content.entry.digest == entry.digest {
                bytes = try await planned.content.collect(limit: MemoryReadings.runMax)
            } else {
                bytes = try await blobs.plainContent(of: entry, limit: MemoryReadings.runMax)
            }
        } catch is LarderError { return nil }
        guard let bytes else { return nil }
        let depth = blobs.jsonDepth
        return try await parse(bytes) { RunDocument(reading: $0, maxDepth: depth) }
    }

    /// - Throws: `LarderError` `.unavailable` where there is no room for so many bytes.
    private func lease(_ bytes: Int64) throws(LarderError) -> BufferLease {
        let lease = BufferLease(buffers)
        try lease.cover(Int(min(bytes, Int64(MemoryReadings.runMax))))
        return lease
    }

    private func readEvaluation(_ bytes: [UInt8]) async throws -> EvaluationDocument? {
        let depth = blobs.jsonDepth
        return try await parse(bytes) { EvaluationDocument(reading: $0, maxDepth: depth) }
    }

    private func parse<T: Sendable>(_ bytes: [UInt8], _ work: @escaping @Sendable ([UInt8]) -> T) async throws -> T {
        bytes.count <= Self.parsedHereMax ? work(bytes) : try await blobs.pool.run { work(bytes) }
    }
}
