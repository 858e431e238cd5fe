import Disk
import LarderModel
import LarderTestSupport
import ObjectConformance
import Objects
import ObjectsOnDisk
import Testing

@Suite("Objects on disk")
struct ConformanceTests {
    @Test("of a shared folder keep each rule of a backend", arguments: ObjectConformance.rules)
    func shared(_ rule: ObjectRule) async throws {
        try await TemporaryFolder.with { path async throws in
            let pool = DiskPool(threads: 2)
            let owner = ObjectOwner(identity: ObjectOwner.newIdentity(), hasObjects: false)
            let first = try ObjectsOnDisk(folder: path, isShared: true, pool: pool)
            #expect(try await !first.check(for: owner))
            try await first.mark(for: owner)
            try await rule.check(
                BackendUnderTest {
                    try ObjectsOnDisk(folder: path, isShared: true, pool: pool)
                } addForeign: { shard in
                    let name = "\([shard].hex)/README"
                    try FileSystem.writeFile("\(path)/objects/\(name)", [1])
                    return name
                })
            try await pool.shutDown()
        }
    }

    @Test("keep each rule of a backend", arguments: ObjectConformance.rules)
    func rule(_ rule: ObjectRule) async throws {
        try await TemporaryFolder.with { path async throws in
            let directory = try DataDirectory(path)
            let pool = DiskPool(threads: 2)
            try await rule.check(
                BackendUnderTest {
                    try ObjectsOnDisk(directory, pool: pool)
                } addForeign: { shard in
                    let name = "\([shard].hex)/README"
                    try FileSystem.writeFile("\(path)/objects/\(name)", [1])
                    return name
                })
            try await pool.shutDown()
        }
    }
}
