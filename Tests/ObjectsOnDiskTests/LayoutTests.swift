import Disk
import LarderModel
import LarderTestSupport
import ObjectsOnDisk
import Testing

@Suite("A data directory with objects")
struct LayoutTests {
    @Test("is made with what it needs, for the owner only")
    func made() async throws {
        try await TemporaryFolder.with { parent async throws in
            let directory = try DataDirectory(parent + "/deep/data")
            _ = try ObjectsOnDisk(directory, pool: DiskPool(threads: 1))
            let path = directory.path
            #expect(try FileSystem.list(path).sorted() == ["incoming", "lock", "objects"])
            #expect(try FileSystem.list(path + "/objects").sorted() == (0..<256).map { [UInt8($0)].hex })
            for folder in ["", "/incoming", "/objects", "/objects/00", "/objects/ff"] {
                #expect(try permissions(path + folder) == 0o700)
            }
            #expect(try permissions(path + "/lock") == 0o600)
        }
    }

    @Test("loses what a killed process left in incoming, and nothing else")
    func emptied() async throws {
        try await TemporaryFolder.with { path async throws in
            try FileSystem.makeDirectories(path + "/incoming")
            try FileSystem.makeDirectories(path + "/objects/ab")
            for name in ["incoming/1", "incoming/2.new", "objects/ab/kept", "admin.token"] {
                try FileSystem.writeFile("\(path)/\(name)", [1, 2, 3])
            }
            let directory = try DataDirectory(path)
            _ = try ObjectsOnDisk(directory, pool: DiskPool(threads: 1))
            #expect(try FileSystem.list(path + "/incoming").isEmpty)
            #expect(try FileSystem.readFile(path + "/objects/ab/kept") == [1, 2, 3])
            #expect(try FileSystem.readFile(directory.adminTokenPath) == [1, 2, 3])
        }
    }
}
