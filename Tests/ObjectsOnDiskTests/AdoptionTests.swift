import Disk
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import ObjectsOnDisk
import Testing

@Suite("An object that another directory adopts")
struct AdoptionTests {
    /// Two directories on one disk, with an object in the first.
    private func withTwo(
        _ body: (ObjectsOnDisk, ObjectsOnDisk, ObjectLocator, String) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { path async throws in
            let pool = DiskPool(threads: 2)
            let first = try ObjectsOnDisk(try DataDirectory(path + "/first"), pool: pool)
            let second = try ObjectsOnDisk(try DataDirectory(path + "/second"), pool: pool)
            let content: [UInt8] = [1, 2, 3]
            let sink = first.makeSink()
            try await sink.write(ByteBuffer(bytes: content))
            let locator = try await sink.place(as: try #require(sha256(content)), .identity).locator
            try await body(first, second, locator, path)
            try await pool.shutDown()
        }
    }

    @Test("is in both, on the disk once, and stays when either removes it")
    func shared() async throws {
        try await withTwo { first, second, locator, _ in
            #expect(try await second.adopt(locator, from: first))
            let identities = try [first, second].map { try FileSystem.identity($0.path(locator)) }
            #expect(identities[0] != nil && identities[0] == identities[1])
            try await first.remove(locator)
            #expect(try await first.open(locator) == nil)
            let source = try #require(try await second.open(locator))
            #expect(Array(try await source.read(at: 0, count: 8).readableBytesView) == [1, 2, 3])
        }
    }

    @Test("and that one of them replaces or sets aside is the other's as it was")
    func replaced() async throws {
        try await withTwo { first, second, locator, _ in
            #expect(try await second.adopt(locator, from: first))
            let sink = first.makeSink()
            try await sink.write(ByteBuffer(bytes: [9]))
            _ = try await sink.place(as: locator.digest, .identity)
            #expect(try FileSystem.readFile(second.path(locator)) == [1, 2, 3])
        }
    }

    @Test("is left to be copied where there is none, or its place is taken")
    func refused() async throws {
        try await withTwo { first, second, locator, _ in
            #expect(try await second.adopt(locator, from: first))
            #expect(try await !second.adopt(locator, from: first))
            try await first.remove(locator)
            try await second.remove(locator)
            #expect(try await !second.adopt(locator, from: first))
            #expect(try await second.open(locator) == nil)
        }
    }
}
