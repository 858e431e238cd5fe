import Disk
import Foundation
import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import NIOCore
import StorePolicies
import Testing

@testable import LearningMemory

/// A rating is joined with what the run's own entries say, which are read before the transaction.
@Suite("What a rating reads beforehand")
struct MemoryPreparationTests {
    private func with(_ body: (BlobStore, MemoryService) async throws -> Void) async throws {
        try await Home.with { home in
            try await home.open(policies: try StorePolicies.load(directory: nil), minFree: ByteCount(0)) { blobs in
                try await body(blobs, MemoryService(blobs: blobs))
            }
        }
    }

    private func name(_ store: String, _ key: String) throws -> EntryName {
        EntryName(site: .default, store: try StoreName(store), key: try EntryKey(key))
    }

    private var memoryName: MemoryName {
        get throws { MemoryName(site: .default, store: try StoreName("memory"), project: "p") }
    }

    private func put(_ blobs: BlobStore, _ name: EntryName, _ text: String) async throws {
        let writer = try blobs.beginWrite(WriteRequest(name: name, contentType: MediaType.json))
        try await writer.append(ByteBuffer(string: text))
        _ = try await writer.finish()
    }

    /// A run's record, which lies in a file when it is large.
    private func record(_ mood: String, size: Int = 10) -> String {
        let padding = String((0..<size).map { _ in Character(Unicode.Scalar(UInt8.random(in: 97...122))) })
        return #"{"mood":"\#(mood)","padding":"\#(padding)"}"#
    }

    private func moods(_ blobs: BlobStore) async throws -> [String?] {
        let name = try memoryName
        return try await blobs.look { try $0.memoryRuns(name).map(\.mood) }
    }

    private func rating(_ word: String = "good") -> [UInt8] { Array(#"{"runId":"r","rating":"\#(word)"}"#.utf8) }

    @Test("is the run's record, small or in a file", arguments: [10, 100_000])
    func joins(size: Int) async throws {
        try await with { blobs, memory in
            try await put(blobs, name("runs", "p/r.json"), record("calm", size: size))
            #expect(try await memory.rate(rating(), memoryName).isCounted)
            #expect(try await moods(blobs) == ["calm"])
        }
    }

    @Test("is asked for again where it was written meanwhile, and nothing is written before")
    func stale() async throws {
        try await with { blobs, memory in
            let place = try name("evals", "r/evaluation.json")
            let run = try name("runs", "p/r.json")
            try await put(blobs, run, record("calm", size: 100_000))
            let json = #"{"projectId":"p","runId":"r","rating":"good"}"#
            let entry = Entry(
                key: place.key, size: Int64(json.utf8.count), storedSize: Int64(json.utf8.count), encoding: .identity,
                digest: try #require(Digest([UInt8](repeating: 7, count: 32))),
                etag: try #require(ETag([UInt8](repeating: 7, count: 32))), contentType: MediaType.json,
                metadata: .none, createdAt: blobs.now, modifiedAt: blobs.now, expiresAt: nil)
            let content = EntryContent(entry, stored: ByteBuffer(string: json))
            let watcher = MemoryWatcher(
                policies: blobs.policies, jsonDepth: blobs.jsonDepth, buffers: BufferBudget())
            for isOvertaken in [false, true] {
                let prepared = try await watcher.prepare(WriteRequest(name: place), content, in: blobs)
                if isOvertaken { try await put(blobs, run, record("wild", size: 100_000)) }
                let attempt: Result<Void, any Error> = await Result {
                    try await blobs.change { transaction in
                        transaction.preparations = [prepared]
                        defer { transaction.preparations = [] }
                        try watcher.entryChanged(place, to: entry, in: transaction)
                        throw CancellationError()
                    }
                }
                switch attempt {
                case .failure(is UnreadContent): #expect(isOvertaken)
                case .failure(is CancellationError): #expect(!isOvertaken)
                default: Issue.record("\(attempt)")
                }
                #expect(try await moods(blobs) == [])
            }
            try await put(blobs, place, json)
            #expect(try await moods(blobs) == ["wild"])
        }
    }

    @Test("of several ratings at once is right for each, while the record is written all the time")
    func racing() async throws {
        try await with { blobs, memory in
            let run = try name("runs", "p/r.json")
            try await put(blobs, run, record("m0"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 1...30 { group.addTask { try await put(blobs, run, record("m\(i)")) } }
                for i in 1...30 {
                    group.addTask { _ = try await memory.rate(rating(i % 2 == 0 ? "good" : "bad"), memoryName) }
                }
                try await group.waitForAll()
            }
            let last = try #require(try await blobs.content(run))
            let text = String(decoding: try await last.collect(limit: 1 << 20), as: UTF8.self)
            let mood = try #require(try await moods(blobs).first)
            #expect(text.contains(#""mood":"\#(mood ?? "")""#))
        }
    }

    @Test("says nothing where it is damaged: the rating waits")
    func damaged() async throws {
        try await with { blobs, memory in
            let run = try name("runs", "p/r.json")
            try await put(blobs, run, record("calm", size: 100_000))
            let folder = blobs.directory.path + "/objects"
            for shard in try FileManager.default.contentsOfDirectory(atPath: folder) {
                for file in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(shard)") {
                    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(folder)/\(shard)/\(file)"))
                }
            }
            #expect(try await !memory.rate(rating(), memoryName).isCounted)
            try await put(blobs, run, record("calm", size: 100_001))
            #expect(try await moods(blobs) == ["calm"])
        }
    }

    @Test("is read once a content by a rebuild, which gives the same")
    func rebuild() async throws {
        try await with { blobs, memory in
            for i in 0..<20 {
                try await put(
                    blobs, name("runs", "p/r\(i).json"), record("m\(i)", size: i.isMultiple(of: 2) ? 10 : 50_000))
                _ = try await memory.rate(Array(#"{"runId":"r\#(i)","rating":"good"}"#.utf8), memoryName)
            }
            let name = try memoryName
            let before = try #require(try await memory.document(name)).entry.etag
            try await blobs.change { transaction in
                for run in try transaction.reader.memoryRuns(name) {
                    try transaction.removeMemoryRun(run.runID, of: name)
                }
            }
            try await memory.rebuild(name)
            #expect(try await memory.document(name)?.entry.etag == before)
            #expect(try await Set(moods(blobs)) == Set((0..<20).map { "m\($0)" }))
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
