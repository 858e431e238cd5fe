import LarderModel
import LearningMemory
import Testing

@Suite("What is learned from ratings")
struct LearnedPatternsTests {
    @Test(
        "One rating is never enough; agreement is sooner than contradiction",
        arguments: [
            (good: 0, rated: 0, probability: 0.5), (1, 1, 0.75), (2, 2, 0.875), (3, 4, 0.8125), (2, 3, 0.6875),
            (4, 6, 0.7734), (5, 7, 0.8555),
            (0, 2, 0.125),
            (3_000, 5_000, 1),
        ])
    func certainty(good: Int, rated: Int, probability: Double) {
        let evidence = Evidence(good: good, rated: rated)
        #expect(abs(evidence.probabilityOfMostlyGood - probability) < 0.0001)
        #expect(abs(evidence.probabilityOfMostlyGood + evidence.probabilityOfMostlyBad - 1) < 1e-9)
        let memory = (0..<rated).map { RatedRun(facts: Sample.run("r\($0)"), rating: $0 < good ? .good : .bad) }
        let patterns = LearnedPatterns(memory)
        #expect(patterns.favoriteMoods == (probability >= 0.8 ? ["uplifting"] : []))
        #expect(patterns.dislikedMusicStyles == (probability <= 0.2 ? ["piano"] : []))
    }

    @Test("A mood is not blamed for music that was disliked")
    func music() throws {
        let rows: [(String, String, Rating?)] = [
            ("uplifting", "piano", .good), ("uplifting", "piano", .good), ("uplifting", "piano", .good),
            ("uplifting", "piano", .bad),
            ("uplifting", "heavy-metal", .bad), ("uplifting", "heavy-metal", .bad),
        ]
        let patterns = try Sample.memory(rows.map { (mood: $0.0, style: $0.1, rating: $0.2) }).parts().patterns
        #expect(patterns.favoriteMoods == ["uplifting"] && patterns.dislikedMusicStyles == ["heavy-metal"])
        #expect(patterns.ranked.map(\.evidence.successRate) == [0.75, 0])
    }

    @Test(
        "The preferred duration is the median of at least three good runs",
        arguments: [
            ([10, 20], nil), ([10, 90, 20], 20), ([10, 20, 30, 90], 25), ([42, 42, 42.5], 42),
        ] as [([Double], Double?)])
    func duration(durations: [Double], median: Double?) {
        var runs = durations.enumerated().map { RatedRun(facts: Sample.run("r\($0)", duration: $1), rating: .good) }
        runs += [5.0, 6, 7].enumerated().map { RatedRun(facts: Sample.run("b\($0)", duration: $1), rating: .bad) }
        runs.append(RatedRun(facts: Sample.run("n", duration: 1), rating: nil))
        #expect(LearnedPatterns(runs).preferredDuration == median)
    }

    @Test("A run without mood or style makes no combination, but counts for what is known of it")
    func partial() {
        let runs = (0..<2).map { RatedRun(facts: Sample.run("r\($0)", "calm", nil), rating: .good) }
        #expect(LearnedPatterns(runs).combinations.isEmpty && LearnedPatterns(runs).favoriteMoods == ["calm"])
    }
}
