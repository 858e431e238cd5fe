import LarderModel
import LarderTestSupport
import Testing

@testable import Index

@Suite("References to content", .everyEngine)
struct ReferencesTests {
    private struct Refused: Error {}

    @Test("are counted where one change takes and gives back many of the same content")
    func many() async throws {
        try await withIndex { index async throws in
            let object = try inline("the same".bytes), draft = try draft(object)
            let names = try (0..<50).map { try name("k\($0)") }
            for round in 0..<2 {
                try await index.write {
                    for name in names { _ = try $0.put(name, draft, object) }
                    for name in names[..<10] { _ = try $0.delete(name) }
                    _ = try $0.put(names[0], draft, object)
                    _ = try $0.put(names[20], "other \(round)".bytes)
                }
                #expect(try await references(index, object) == 40)
            }
            try await index.write { for name in names { _ = try $0.delete(name) } }
            #expect(try await references(index, object) == nil)
            try await expectConsistent(index)
        }
    }

    @Test("that a change took are gone when it fails, also among others of its batch")
    func failing() async throws {
        try await withIndex { index async throws in
            let object = try inline("the same".bytes), draft = try draft(object)
            let names = try (0..<20).map { try name("k\($0)") }
            _ = try await index.write { try $0.put(try name("first"), draft, object) }
            let pending = try await index.whileWriterIsBusy {
                names.enumerated().map { i, name in
                    index.submit(Foresight(name, digest: object.digest)) {
                        _ = try $0.put(name, draft, object)
                        if i % 3 == 1 { throw Refused() }
                    }
                }
            }
            for (i, change) in pending.enumerated() {
                if i % 3 == 1 {
                    await #expect(throws: Refused.self) { try await change.value }
                } else {
                    try await change.value
                }
            }
            #expect(try await references(index, object) == 14)
            try await expectConsistent(index)
        }
    }

    /// nil: the content is not there.
    private func references(_ index: EntryIndex, _ object: IndexTransaction.Object) async throws -> Int? {
        try await index.sql { session in
            try session.one("SELECT refs FROM objects WHERE digest = ?1") {
                $0.set(1, object.digest)
            } _: {
                $0.int(0)
            }
        }
    }
}
