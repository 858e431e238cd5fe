import Disk
import LarderModel
import LarderTestSupport
import ObjectConformance
import ObjectsOnDisk
import Testing

@Suite("Objects on disk")
struct ConformanceTests {
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
