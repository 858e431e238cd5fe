import LarderTestSupport
import Testing

@testable import Vaults

@Suite("The order of scores")
struct ScoreOrderTests {
    @Test("is that of a plain sort, with many equal scores and of both signs", arguments: [0, 1, 63, 64, 65, 5_000])
    func sorts(_ count: Int) {
        var generator = SystemRandomNumberGenerator()
        let items = (0..<count).map { place in
            (score: Double(Int.random(in: -50...50, using: &generator)) / 7, place: place)
        }
        func isBefore(_ a: (score: Double, place: Int), _ b: (score: Double, place: Int)) -> Bool {
            a.score != b.score ? a.score > b.score : a.place > b.place
        }
        let sorted = ScoreOrder.sorted(items, by: { Float($0.score) }, isBefore)
        #expect(sorted.map(\.place) == items.sorted(by: isBefore).map(\.place))
    }
}
