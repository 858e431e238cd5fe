import LearningMemory

/// A project whose viewers like each combination with a known probability, and three ways to choose the next one.
struct Simulation: Sendable {
    /// Probability of a good rating, for four moods × three styles.
    let rates: [Double]

    static let even = Simulation(rates: [0.85, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.2, 0.1])
    /// One that stands out.
    static let peak = Simulation(rates: [0.9, 0.5, 0.5, 0.5, 0.5, 0.4, 0.4, 0.3, 0.3, 0.2, 0.2, 0.1])

    /// Rates that nobody chose: each seed has twelve of its own, drawn evenly from 10 % to 90 %. The exploration's
    /// schedule was settled with the two above; this one had no part in it.
    static let drawn = Simulation(rates: [])

    static let rounds = 200
    static let seeds = 100

    enum Way: String, CaseIterable, Sendable {
        case suggestions
        /// The highest rate so far; what was never tried counts as 1/2, ties are drawn.
        case bestSoFar = "always the best so far"
        case random
    }

    /// Probability of a good rating of what was chosen, as a share of the best possible, round by round, mean of all
    /// seeds.
    func curve(_ way: Way, seeds: Range<Int> = 0..<Self.seeds) -> [Double] {
        var sums = [Double](repeating: 0, count: Self.rounds)
        for seed in seeds {
            for (round, share) in play(way, seed: UInt64(seed)).enumerated() { sums[round] += share }
        }
        return sums.map { $0 / Double(seeds.count) }
    }

    private func play(_ way: Way, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed &* 0x1_0000 &+ 17)
        // Which combination has which rate must not hang on its name.
        let rates = rates.isEmpty ? (0..<12).map { _ in 0.1 + 0.8 * random.unit() } : rates.shuffled(using: &random)
        let best = rates.max() ?? 1
        var candidates = rates.indices.map {
            Suggester.Candidate(Combination(mood: "mood-\($0 / 3)", musicStyle: "style-\($0 % 3)"))
        }
        var good = [Double](repeating: 0, count: rates.count), rated = good
        return (0..<Self.rounds).map { _ in
            let place =
                switch way {
                case .suggestions: suggested(candidates, random.next())
                case .bestSoFar: bestSoFar(good, rated, &random)
                case .random: Int.random(in: rates.indices, using: &random)
                }
            let isGood = random.unit() < rates[place]
            candidates[place].add(isGood: isGood)
            rated[place] += 1
            if isGood { good[place] += 1 }
            return rates[place] / best
        }
    }

    private func suggested(_ candidates: [Suggester.Candidate], _ seed: UInt64) -> Int {
        let first = Suggester(candidates: candidates).suggest(1, seed: seed).first
        return candidates.firstIndex { $0.combination == first?.combination } ?? 0
    }

    private func bestSoFar(_ good: [Double], _ rated: [Double], _ random: inout SeededGenerator) -> Int {
        let means = zip(good, rated).map { $1 > 0 ? $0 / $1 : 0.5 }
        let highest = means.max() ?? 0
        return means.indices.filter { means[$0] == highest }.randomElement(using: &random) ?? 0
    }
}
