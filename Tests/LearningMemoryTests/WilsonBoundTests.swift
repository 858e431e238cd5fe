import LearningMemory
import Testing

@Suite("Wilson's lower bound")
struct WilsonBoundTests {
    /// Values by hand from the formula of 1927, z = 1.96.
    @Test(
        "Known values",
        arguments: [(1.0, 1.0, 0.2065), (9, 10, 0.5958), (0, 5, 0), (5, 5, 0.5655), (75, 100, 0.6570), (0, 0, 0)])
    func known(good: Double, trials: Double, expected: Double) {
        #expect(abs(WilsonBound.lower(good: good, trials: trials) - expected) < 0.0005)
    }

    @Test("The same rate counts for more with more trials")
    func growing() {
        let bounds = [4.0, 8, 16, 32, 64].map { WilsonBound.lower(good: $0 * 0.75, trials: $0) }
        #expect(bounds == bounds.sorted() && Set(bounds).count == bounds.count)
        #expect(bounds.allSatisfy { $0 < 0.75 })
    }
}
