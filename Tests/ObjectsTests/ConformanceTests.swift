import ObjectConformance
import Testing

@Suite("Objects in memory")
struct ConformanceTests {
    @Test("keep each rule of a backend", arguments: ObjectConformance.rules, [false, true])
    func rule(_ rule: ObjectRule, ownPlaces: Bool) async throws {
        let backend = ObjectsInMemory(ownPlaces: ownPlaces)
        try await rule.check(BackendUnderTest { backend })
    }
}
