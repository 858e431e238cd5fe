import LarderModel
import ObjectConformance
import S3TestSupport
import Testing

@Suite("Objects in a bucket")
struct ConformanceTests {
    @Test("keep each rule of a backend", arguments: ObjectConformance.rules)
    func rule(_ rule: ObjectRule) async throws {
        try await Bench.with { bench async throws in
            try await rule.check(
                BackendUnderTest {
                    try await bench.open()
                } addForeign: { shard in
                    let name = "\([shard].hex)/README"
                    try await bench.bucket.write("objects/\(name)", [1])
                    return name
                })
        }
    }
}
