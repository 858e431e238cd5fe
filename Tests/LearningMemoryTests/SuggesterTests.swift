import LarderModel
import LearningMemory
import Testing

@Suite("Suggestions")
struct SuggesterTests {
    private func memory() throws -> ProjectMemory {
        try Sample.memory(
            [
                ("uplifting", "piano", .good), ("uplifting", "piano", .good), ("uplifting", "piano", .good),
                ("uplifting", "piano", .bad),
                ("calm", "drone", .bad),
            ])
    }

    @Test("The same seed gives the same, and another seed may not")
    func seed() throws {
        let suggester = Suggester(try memory(), now: Timestamp(milliseconds: 0))
        #expect(suggester.suggest(3, seed: 7) == suggester.suggest(3, seed: 7))
        #expect(Set((0..<50).map { suggester.suggest(1, seed: $0) }).count > 1)
    }

    @Test("Moods and styles that were seen apart are put together; each combination comes once, by falling lower bound")
    func ranked() throws {
        let all = Suggester(try memory(), now: Timestamp(milliseconds: 0)).suggest(50, seed: 1)
        #expect(Set(all.map(\.combination)).count == 4 && all.count == 4)
        for seed in 0..<100 as Range<UInt64> {
            let first = Suggester(try memory(), now: Timestamp(milliseconds: 0)).suggest(2, seed: seed).first
            #expect(first?.combination == Combination(mood: "uplifting", musicStyle: "piano"))
        }
        #expect(all.first?.combination == Combination(mood: "uplifting", musicStyle: "piano"))
        #expect(all.map(\.lowerBound) == all.map(\.lowerBound).sorted(by: >))
        #expect(all.first.map { ($0.successRate ?? 0) == 0.75 && $0.trials == 4 } == true)
        #expect(all.allSatisfy { $0.reason.hasSuffix(".") && !$0.reason.contains("\n") })
    }

    @Test("The stated share explores")
    func share() {
        var candidates = ["a", "b", "c", "d"].map { Suggester.Candidate(Combination(mood: $0, musicStyle: "s")) }
        for i in 0..<1_000 { candidates[0].add(isGood: i % 10 != 0) }
        let suggester = Suggester(candidates: candidates)
        let others = (0..<2_000 as Range<UInt64>).filter {
            suggester.suggest(1, seed: $0).first?.combination.mood.text != "a"
        }.count
        // A fifth explores, and in a quarter of that the highest of three uniform draws is above Beta(901, 101): 2,000
        // / 20 in all.
        #expect((70...140).contains(others), "\(others)")
        #expect(suggester.explorationShare == 0.2)
        #expect(Suggester(candidates: []).explorationShare == 1)
    }

    @Test("A style that a person dislikes is never suggested")
    func disliked() throws {
        var memory = try memory()
        try memory.prefer(Array(#"{"disliked_music_styles":["piano"]}"#.utf8))
        let suggester = Suggester(memory, now: Timestamp(milliseconds: 0))
        #expect(suggester.suggest(50, seed: 1).allSatisfy { $0.combination.musicStyle.text == "drone" })
    }

    @Test("Nothing known, nothing suggested")
    func empty() { #expect(Suggester(ProjectMemory(), now: Timestamp(milliseconds: 0)).suggest(3, seed: 1).isEmpty) }

    @Test("With a half-life, recent ratings weigh more; without one, all the same")
    func halfLife() throws {
        var memory = ProjectMemory()
        for (i, rating) in [Rating.good, .good, .good, .bad, .bad, .bad].enumerated() {
            memory.learn(Sample.run("a\(i)", "calm", "piano"))
            memory.evaluate(try Sample.evaluation("a\(i)", rating, minute: Int64(i)))
            memory.learn(Sample.run("b\(i)", "dark", "drone"))
            memory.evaluate(try Sample.evaluation("b\(i)", rating == .good ? .bad : .good, minute: Int64(i)))
        }
        let now = try Sample.evaluation("x", .good, minute: 6).at
        func bounds(_ halfLife: Duration?) -> [String: Double] {
            let all = Suggester(memory, halfLife: halfLife, now: now).suggest(50, seed: 3)
            return Dictionary(all.map { ($0.combination.mood.text + $0.combination.musicStyle.text, $0.lowerBound) }) {
                $1
            }
        }
        let plain = bounds(nil), weighed = bounds(.seconds(60))
        #expect(plain["calmpiano"] == plain["darkdrone"])
        #expect(try #require(weighed["darkdrone"]) > (try #require(weighed["calmpiano"])))
    }
}
