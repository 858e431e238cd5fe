import Glibc
package import LarderModel

/// Chooses combinations: most by what may be counted on, some to find out.
package struct Suggester: Sendable {
    /// The share of suggestions that explore, however much is known: tastes change.
    package static let explorationShareMin = 0.2
    /// A young project explores more: the share falls evenly from 1 without any rating to the least one. Chosen among
    /// simulated schedules; docs/memory.md says how, and how it does on problems that had no part in the choice.
    package static let explorationRatings = 100.0
    /// Combinations that are looked at; those of the newest runs, should there be more.
    package static let candidatesMax = 400
    package static let countMax = 50

    /// A combination and what speaks for it.
    package struct Candidate: Sendable {
        package let combination: Combination
        package var good = 0.0
        /// Rated runs; weighted, when recent ones weigh more.
        package var rated = 0.0
        package private(set) var trials = 0
        package private(set) var goodTrials = 0
        /// A rate that came with a document, for a combination without trials.
        package var importedRate: Double?

        package init(_ combination: Combination) { self.combination = combination }

        var successRate: Double? { trials > 0 ? Double(goodTrials) / Double(trials) : importedRate }
        var lowerBound: Double { WilsonBound.lower(good: good, trials: rated) }
        /// The rate to expect, when nothing was known before: 1/2 for what was never tried.
        var expected: Double { (1 + good) / (2 + rated) }

        package mutating func add(isGood: Bool, weight: Double = 1) {
            rated += weight
            trials += 1
            if isGood {
                good += weight
                goodTrials += 1
            }
        }
    }

    private let candidates: [Candidate]

    /// See ``explorationShareMin`` and ``explorationRatings``.
    package var explorationShare: Double {
        let ratings = candidates.reduce(0) { $0 + $1.trials }
        return max(Self.explorationShareMin, 1 - Double(ratings) / Self.explorationRatings)
    }

    package init(candidates: [Candidate]) { self.candidates = candidates.sorted { $0.combination < $1.combination } }

    /// - Parameters:
    ///   - halfLife: a rating this old weighs half as much as a new one; nil: all weigh the same. Only suggestions know
    ///     a half-life: a document that changed with the time of day could not be made again.
    ///   - now: from when ages are counted.
    package init(_ memory: ProjectMemory, halfLife: Duration? = nil, now: Timestamp) {
        let parts = memory.parts()
        let disliked = Set((memory.frame.chosen.dislikedMusicStyles ?? []).map(Word.init))
        var found: [Combination: Candidate] = [:]
        for combination in Self.combinations(parts, memory.frame) where !disliked.contains(combination.musicStyle) {
            found[combination] = Candidate(combination)
        }
        for run in parts.history {
            guard let rating = run.rating, let combination = run.combination else { continue }
            var weight = 1.0
            if let halfLife {
                let age = max(0, now.milliseconds - (run.ratedAt ?? run.facts.at).milliseconds)
                weight = exp2(-Double(age) / Double(max(1, halfLife.wholeMilliseconds)))
            }
            found[combination]?.add(isGood: rating == .good, weight: weight)
        }
        for one in memory.frame.imported {
            found[one.combination]?.importedRate = one.successRate.flatMap {
                Double(String(decoding: $0, as: UTF8.self))
            }
        }
        self.init(candidates: Array(found.values))
    }

    /// What was seen, newest first, and then the moods and styles that were seen apart, put together; but not with a
    /// style that is disliked.
    private static func combinations(_ parts: ProjectMemory.Parts, _ frame: MemoryFrame) -> [Combination] {
        // As they were written first.
        let known = Set(parts.history.compactMap(\.combination))
        var seen: Set<Combination> = []
        var all: [Combination] = []
        func add(_ combination: Combination) {
            guard all.count < candidatesMax, seen.insert(combination).inserted else { return }
            all.append(known.firstIndex(of: combination).map { known[$0] } ?? combination)
        }
        for run in parts.history.reversed() { if let combination = run.combination { add(combination) } }
        for one in frame.imported { add(one.combination) }
        let moods = Set(all.map(\.mood)).union((frame.chosen.favoriteMoods ?? []).map(Word.init)).sorted()
        let styles = Set(all.map(\.musicStyle)).subtracting(parts.preferences.dislikedMusicStyles.map(Word.init))
            .sorted()
        for mood in moods where all.count < candidatesMax {
            for style in styles { add(Combination(mood, style)) }
        }
        return all
    }

    /// - Parameters:
    ///   - count: at most so many; fewer when there are fewer combinations.
    ///   - seed: the same seed and memory give the same suggestions.
    /// - Returns: by falling lower bound. Of several, one is always the surest.
    package func suggest(_ count: Int, seed: UInt64) -> [Suggestion] {
        var random = SeededGenerator(seed: seed)
        var left = candidates
        let explorationShare = explorationShare
        var chosen: [(candidate: Candidate, isExploring: Bool)] = []
        while chosen.count < count, !left.isEmpty {
            let isExploring = random.unit() < explorationShare && (count == 1 || !chosen.isEmpty)
            let place = isExploring ? Self.drawn(left, &random) : Self.surest(left)
            chosen.append((left.remove(at: place), isExploring))
        }
        chosen.sort { a, b in
            (b.candidate.lowerBound, b.candidate.expected, a.candidate.combination)
                < (a.candidate.lowerBound, a.candidate.expected, b.candidate.combination)
        }
        return chosen.map { Self.suggestion($0.candidate, isExploring: $0.isExploring) }
    }

    /// The highest lower bound; of equal ones the highest expected rate, which prefers what was never tried to what
    /// only failed.
    private static func surest(_ candidates: [Candidate]) -> Int {
        var best = 0
        for i in candidates.indices.dropFirst() {
            let a = candidates[i], b = candidates[best]
            if (a.lowerBound, a.expected) > (b.lowerBound, b.expected) { best = i }
        }
        return best
    }

    /// Thompson sampling (W. R. Thompson, Biometrika 25, 1933): a rate is drawn for each from Beta(1 + good, 1 + bad),
    /// the highest wins. So a combination is explored as often as it is probable that it is the best.
    private static func drawn(_ candidates: [Candidate], _ random: inout SeededGenerator) -> Int {
        var best = (place: 0, draw: -1.0)
        for (i, candidate) in candidates.enumerated() {
            let draw = BetaSampler.sample(
                1 + candidate.good, 1 + max(0, candidate.rated - candidate.good), using: &random)
            if draw > best.draw { best = (i, draw) }
        }
        return best.place
    }

    private static func suggestion(_ candidate: Candidate, isExploring: Bool) -> Suggestion {
        let bound = Int((candidate.lowerBound * 100).rounded(.down))
        let record =
            """
            \(candidate.goodTrials) of \(candidate.trials) rated \(candidate.trials == 1 ? "run was" : "runs were") good
            """
        let reason =
            if candidate.trials == 0, candidate.successRate != nil {
                "Its success rate came with an imported document; a rating of our own would tell."
            } else if candidate.trials == 0 {
                "It was never rated, so it is worth finding out."
            } else if isExploring {
                "\(record); one more tells whether it is better than it looks."
            } else {
                "\(record), so at least \(bound) % can be counted on (95 % Wilson bound)."
            }
        return Suggestion(
            combination: candidate.combination, successRate: candidate.successRate, trials: candidate.trials,
            lowerBound: candidate.lowerBound,
            reason: reason)
    }
}
