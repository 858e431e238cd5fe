import BlobStoreTestSupport
import Disk
import Glibc
import LarderModel
import LarderTestSupport
import Testing

@testable import BlobStore

@Suite("A disk without room")
struct FullDiskTests {
    @Test(
        "refuses writes, and says what it lacks",
        arguments: [(10_000, 1_000, true), (999, 1_000, false), (10_000, 63, false), (10_000, 64, true)])
    func guarded(free: Int64, files: Int64, isRoom: Bool) async throws {
        try await Home.with { home async throws in
            let diskGuard = DiskGuard(directory: home.directory, floor: ByteCount(1_000))
            diskGuard.take(DiskRoom(free: free, total: 100_000, freeFiles: files))
            #expect(diskGuard.isFull == !isRoom)
            #expect(diskGuard.refusal?.code == (isRoom ? nil : .diskFull))
            #expect(diskGuard.refusal?.message.contains("inodes") == (isRoom ? nil : files < 64))
            // Some file systems make room for files as they go.
            diskGuard.take(DiskRoom(free: 10_000, total: 100_000, freeFiles: nil))
            #expect(!diskGuard.isFull)
        }
    }

    @Test("has a reserve for what must be done all the same; it is used once, and made again when there is room")
    func reserve() async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                let path = home.directory.path + "/reserve"
                #expect(try FileSystem.status(path)?.size == DiskReserve.size)
                let tries = Counter()
                try await store.withReserve {
                    tries.add()
                    let isThere = try FileSystem.status(path) != nil
                    guard !isThere else { throw FileSystem.Failure(call: "write", path: path, errno: ENOSPC) }
                }
                #expect(tries.value == 2)
                #expect(try FileSystem.status(path) == nil)
                await store.sampleDisk()
                #expect(try FileSystem.status(path)?.size == DiskReserve.size)
            }
        }
    }

    @Test("that stays full is told of; another failure does not touch the reserve")
    func failing() async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                let full = LarderError(.diskFull, "full"), other = LarderError(.conflict, "other")
                for failure in [other, full] {
                    let tries = Counter()
                    let error = await #expect(throws: LarderError.self) {
                        try await store.withReserve {
                            tries.add()
                            throw failure
                        }
                    }
                    #expect(error?.code == failure.code)
                    #expect(tries.value == (failure.code == .diskFull ? 2 : 1))
                    let isThere = try FileSystem.status(home.directory.path + "/reserve") != nil
                    #expect(isThere == (failure.code == .conflict))
                }
            }
        }
    }

    @Test("A directory that is not the one that was opened takes no writes", arguments: ["/lock", "/index.sqlite"])
    func replaced(_ file: String) async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                try await store.put(name("k"), [1])
                await store.sampleDisk()
                #expect(store.readOnlyReason == nil)
                let path = home.directory.path + file
                try FileSystem.rename(path, to: path + ".old")
                try FileSystem.writeFile(path, [])
                await store.sampleDisk()
                let error = await #expect(throws: LarderError.self) { try await store.put(name("k"), [2]) }
                #expect(error?.code == .readOnly)
                #expect(error?.message.contains("replaced") == true)
                #expect(try await store.get(name("k")) == [1])
            }
        }
    }
}
