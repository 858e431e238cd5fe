import LarderModel
import LarderTestSupport
import Testing

@testable import Index

@Suite("The index over restarts", .everyEngine)
struct DurabilityTests {
    @Test("keeps everything over a restart")
    func reopened() async throws {
        let clock = ManualClock()
        try await withIndexPath { path async throws in
            let written = try await withIndex(at: path, clock: clock.clock) { index async throws in
                try await index.write { transaction in
                    let object = try file([200], size: 70_000, storedSize: 9_000)
                    _ = try transaction.put(
                        name("large"),
                        try draft(object, expiry: .after(.seconds(60)), metadata: Metadata(json: #"{"a":1}"#.bytes)),
                        object)
                    for i in 0..<50 { try transaction.put(name("k\(i)"), [UInt8(i)]) }
                    return try transaction.reader.list(StoreName("runs"), in: .default, ListQuery(), now: clock.now)
                        .entries
                }
            }
            #expect(written.count == 51)
            for _ in 0..<2 {
                try await withIndex(at: path, clock: clock.clock) { index async throws in
                    #expect(
                        try await index.read {
                            try $0.list(StoreName("runs"), in: .default, ListQuery(), now: clock.now).entries
                        } == written)
                    #expect(try await index.read { try $0.inlineContent(digest(of: [7])) } == [7])
                    #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 51)
                    #expect(index.cache.entry(try name("k1")) == nil)
                }
            }
        }
    }

    @Test("takes nothing after it is closed, and says so")
    func closed() async throws {
        try await withIndexPath { path async throws in
            let index = try EntryIndex(engine: Engines.current.make(path))
            _ = try await index.write { try $0.put(name("a"), [1]) }
            await index.closeOffPool()
            let error = await #expect(throws: LarderError.self) { try await index.write { try $0.put(name("b"), [1]) } }
            #expect(error?.code == .unavailable)
            await #expect(throws: (any Error).self) { try await index.read { try $0.entry(name("a")) } }
        }
    }

    @Test("finishes the writes that wait before it closes")
    func closing() async throws {
        try await withIndexPath { path async throws in
            let index = try EntryIndex(engine: Engines.current.make(path))
            let pending = try await index.whileWriterIsBusy {
                try (0..<1_000).map { i in
                    let key = try name("k\(i)"); return index.submit { try $0.put(key, [1]) }
                }
            }
            await index.closeOffPool()
            for write in pending { #expect(try await write.value.isNew) }
            try await withIndex(at: path) { index async throws in
                #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 1_000)
            }
        }
    }

    @Test("takes no write once an fsync failed, and reads go on")
    func readOnly() async throws {
        try await withIndex { index async throws in
            let key = try name("a")
            _ = try await index.write { try $0.put(key, [1]) }
            let waiting = try await index.whileWriterIsBusy {
                let waiting = index.submit { try $0.put(key, [2]) }
                index.stopWriting(cause: "fsync of objects/aa: Input/output error")
                index.stopWriting(cause: "something later")
                return waiting
            }
            for write in [waiting, index.submit { try $0.put(key, [3]) }] {
                let error = await #expect(throws: LarderError.self) { try await write.value }
                #expect(error?.code == .readOnly)
                #expect(error?.cause == "fsync of objects/aa: Input/output error")
            }
            #expect(try await index.read { try $0.entry(key)?.size } == 1)
            #expect(index.readOnlyReason?.code == .readOnly)
        }
    }
}
