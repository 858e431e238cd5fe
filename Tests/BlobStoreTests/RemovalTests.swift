import BlobStoreTestSupport
import Disk
import Glibc
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import BlobStore

@Suite("The removal of an object")
struct RemovalTests {
    /// What is behind a removal that is under way.
    enum Step: CaseIterable, Sendable { case marked, removed }

    /// How content is put that is being removed from a file of the plain form.
    enum Put: CaseIterable, Sendable { case sameForm, otherForm, inIndex }

    /// Enough for a file, and packs well.
    private static let content = text(40_000)

    private func open(_ home: Home, _ body: (BlobStore) async throws -> Void) async throws {
        try await home.open([try policy("plain", .never), try policy("packed", .always)], body)
    }

    /// Leaves an object that nothing refers to.
    private func leaveObject(_ store: BlobStore) async throws {
        let key = try name("old", store: "plain")
        try await store.put(key, Self.content)
        #expect(try await store.delete(key))
    }

    /// Marks the one object.
    private func mark(_ store: BlobStore) async throws -> [UnreferencedObject] {
        let step = try await goOn(store, [])
        #expect(step.removed.isEmpty)
        #expect(step.marked.count == 1)
        return step.marked
    }

    private func remove(_ marked: [UnreferencedObject], _ store: BlobStore) async throws {
        try await store.removeUnnamed(marked.map { ObjectLocator($0.digest, $0.encoding) })
    }

    /// Forgets the rows of what was marked and removed.
    /// - Returns: how many.
    private func forget(_ marked: [UnreferencedObject], _ store: BlobStore) async throws -> Int {
        try await store.change { try $0.forgetRemoved(marked).count }
    }

    private func goOn(_ store: BlobStore, _ marked: [UnreferencedObject], limit: Int = 10) async throws -> RemovalStep {
        try await store.removeUnreferenced(marked, thenMark: limit, since: store.now) { _, _ in }
    }

    /// A whole collection.
    /// - Returns: how many objects went in each step.
    private func collect(_ store: BlobStore, limit: Int = 10) async throws -> [Int] {
        var marked: [UnreferencedObject] = [], counts: [Int] = []
        repeat {
            let step = try await goOn(store, marked, limit: limit)
            marked = step.marked
            counts.append(step.removed.count)
        } while !marked.isEmpty
        return counts
    }

    private func put(_ put: Put, _ store: BlobStore) async throws -> EntryName {
        let key = try name("new", store: put == .otherForm ? "packed" : "plain")
        if put == .inIndex {
            _ = try await store.put(WriteRequest(name: key, contentType: MediaType.json), Self.content) { result, _ in
                result
            }
        } else {
            try await store.put(key, Self.content)
        }
        return key
    }

    private func objects(_ store: BlobStore) async throws -> Int64 {
        try await store.look { try $0.objectTotals().count }
    }

    @Test("leaves what is put between its steps, in whatever form", arguments: Step.allCases, Put.allCases)
    func between(_ step: Step, _ way: Put) async throws {
        try await Home.with { home async throws in
            try await open(home) { store async throws in
                try await leaveObject(store)
                let marked = try await mark(store)
                if step == .removed { try await remove(marked, store) }
                let key = try await put(way, store)
                if step == .marked { try await remove(marked, store) }
                #expect(try await forget(marked, store) == 0)
                #expect(try await store.get(key) == Self.content)
            }
            // Another process, which has hashed nothing yet.
            try await open(home) { store async throws in
                let key = try name("new", store: way == .otherForm ? "packed" : "plain")
                #expect(try await store.get(key) == Self.content)
                let entry = try #require(try await store.entry(key))
                #expect(entry.encoding == (way == .otherForm ? .gzip : .identity))
                #expect(entry.placement == (way == .inIndex ? .inline : .file))
                #expect(try home.objectFiles().count == (way == .inIndex ? 0 : 1))
                let references = try await store.look { try $0.compareReferences(after: 0, limit: 10) }
                #expect(references.differences.isEmpty && references.dangling == 0)
                #expect(try await store.delete(key))
            }
        }
    }

    /// When content is placed that is not committed yet, and the form that it has.
    private static let placings: [(isBeforeMark: Bool, form: Policy.Compression)] = [
        (true, .never), (true, .always), (false, .never), (false, .always),
    ]

    @Test(
        "leaves what is placed and not committed yet, whenever its commit comes", arguments: placings, Step.allCases)
    func placed(_ placing: (isBeforeMark: Bool, form: Policy.Compression), commitsBehind step: Step) async throws {
        let (isBeforeMark, form) = placing
        try await Home.with { home async throws in
            let key = try name("new", store: form == .always ? "packed" : "plain")
            try await open(home) { store async throws in
                try await leaveObject(store)
                let request = WriteRequest(name: key, contentType: MediaType.json)
                func stage() async throws -> StagedObject {
                    let writer = ObjectWriter(
                        store: store.objects, contentType: MediaType.json, compression: form, inlineMax: 0)
                    try await writer.append(ByteBuffer(bytes: Self.content))
                    return try await writer.finish()
                }
                let early = try await isBeforeMark ? stage() : nil
                let marked = try await mark(store)
                let staged: StagedObject
                if let early { staged = early } else { staged = try await stage() }
                if step == .marked { _ = try await store.commit(request, staged) }
                try await remove(marked, store)
                // Who commits now still held its claim then.
                let gone = try await forget(marked, store)
                #expect(gone == (step == .marked ? 0 : 1))
                if step == .removed { _ = try await store.commit(request, staged) }
            }
            try await open(home) { store async throws in
                #expect(try await store.get(key) == Self.content)
                #expect(try await objects(store) == 1)
            }
        }
    }

    @Test("is taken up again after a crash behind either step", arguments: Step.allCases)
    func crash(behind step: Step) async throws {
        try await Home.with { home async throws in
            try await open(home) { store async throws in
                try await leaveObject(store)
                let marked = try await mark(store)
                if step == .removed { try await remove(marked, store) }
            }
            try await open(home) { store async throws in
                // Verification finds nothing missing.
                let kept = try await store.look { try $0.objects(after: 0, upTo: .max, limit: 10, bytes: .max) }
                #expect(kept.isEmpty)
                #expect(try await collect(store) == [0, 1])
                #expect(try await objects(store) == 0)
                #expect(try home.objectFiles().isEmpty)
            }
        }
    }

    @Test("that a crash broke off leaves what is put before the next one", arguments: Step.allCases, Put.allCases)
    func crash(behind step: Step, _ way: Put) async throws {
        try await Home.with { home async throws in
            try await open(home) { store async throws in
                try await leaveObject(store)
                let marked = try await mark(store)
                if step == .removed { try await remove(marked, store) }
            }
            try await open(home) { store async throws in
                let key = try await put(way, store)
                #expect(try await collect(store) == [0])
                #expect(try await store.get(key) == Self.content)
            }
        }
    }

    @Test("that fails keeps the row, and succeeds another time")
    func failing() async throws {
        try await Home.with { home async throws in
            try await open(home) { store async throws in
                let entry = try await store.put(name("k", store: "plain"), Self.content).entry
                #expect(try await store.delete(name("k", store: "plain")))
                let path = home.path(ofObject: entry)
                try FileSystem.remove(path)
                // A folder would be moved into quarantine; here that can't be made.
                try FileSystem.makeDirectory(path)
                try FileSystem.writeFile(home.directory.path + "/quarantine", [])
                await #expect(throws: LarderError.self) { try await collect(store) }
                #expect(try await objects(store) == 1)
                #expect(rmdir(path) == 0)
                #expect(try await collect(store) == [0, 1])
                #expect(try await objects(store) == 0)
            }
        }
    }

    @Test("goes in steps of the size that was asked for, until nothing is left")
    func steps() async throws {
        try await Home.with { home async throws in
            try await open(home) { store async throws in
                for seed in 0..<5 {
                    let key = try name("k\(seed)", store: "plain")
                    try await store.put(key, Self.content + [UInt8(seed)])
                    #expect(try await store.delete(key))
                }
                #expect(try await collect(store, limit: 2) == [0, 2, 2, 1])
                #expect(try home.objectFiles().isEmpty)
            }
        }
    }

    @Test("waits while an export is under way, for the last of them, and not for one that has died")
    func waitsForExports() async throws {
        let clock = ManualClock()
        try await Home.with(clock: clock) { home in
            try await open(home) { store in
                try await leaveObject(store)
                let soon = store.now + .seconds(60)
                for export in [1, 2] as [UInt64] {
                    try await store.change { try $0.holdForExport(export, until: soon) }
                }
                for ended in [1, 2] as [UInt64] {
                    let step = try await goOn(store, [])
                    #expect(step.isHeld && step.marked.isEmpty)
                    try await store.change { try $0.holdForExport(ended, until: nil) }
                }
                try await store.change { try $0.holdForExport(3, until: soon) }
                #expect(try await goOn(store, []).isHeld)
                clock.advance(by: .seconds(61))
                let step = try await goOn(store, [])
                #expect(!step.isHeld && step.marked.count == 1)
            }
        }
    }
}
