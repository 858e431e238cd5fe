import LarderModel

/// What follows from the rated runs of a project. A function of them alone: the time of day plays no part, and their
/// order only in how a word that was spelt in two ways is shown.
package struct LearnedPatterns: Sendable, Hashable {
    /// How sure the memory must be before it calls a mood a favourite or a style disliked: the probability that such
    /// runs are mostly good, or mostly bad. At 0.8 one rating is never enough (0.75), two that agree are (0.875), and
    /// so are three of four (0.8125), not four of six (0.773).
    package static let certainty = 0.8
    /// Good runs of known duration before a duration is preferred: the middle of fewer is one run's accident.
    package static let durationsMin = 3

    /// Ratings of each combination that has any; each as its first run has it, for a table keeps the key that it met
    /// first.
    package private(set) var combinations: [Combination: Evidence] = [:]
    /// Surest first.
    package private(set) var favoriteMoods: [String] = []
    package private(set) var dislikedMusicStyles: [String] = []
    /// Seconds: the median of the good runs; of an even number, the mean of the middle two.
    package private(set) var preferredDuration: Double?

    /// - Parameters:
    ///   - runs: oldest first.
    ///   - dislikedByChoice: styles that a person has called disliked; nil: they are inferred.
    package init(_ runs: [RatedRun], dislikedByChoice: [String]? = nil) {
        var styles: [Word: Evidence] = [:]
        var goodDurations: [Double] = []
        for run in runs {
            guard let rating = run.rating else { continue }
            let isGood = rating == .good
            if let combination = run.combination { combinations[combination, default: Evidence()].add(isGood: isGood) }
            if let style = run.facts.musicStyle { styles[Word(style), default: Evidence()].add(isGood: isGood) }
            if isGood, let duration = run.facts.duration { goodDurations.append(duration) }
        }
        dislikedMusicStyles = Self.sure(styles, \.probabilityOfMostlyBad)
        favoriteMoods = Self.sure(
            Self.moods(runs, without: Set((dislikedByChoice ?? dislikedMusicStyles).map(Word.init))),
            \.probabilityOfMostlyGood)
        preferredDuration = Self.median(goodDurations)
    }

    /// Ratings of each mood. A run whose music was of a disliked style says nothing about its mood: the music is what
    /// was rated.
    private static func moods(_ runs: [RatedRun], without disliked: Set<Word>) -> [Word: Evidence] {
        var moods: [Word: Evidence] = [:]
        for run in runs {
            guard let rating = run.rating, let mood = run.facts.mood else { continue }
            if let style = run.facts.musicStyle, disliked.contains(Word(style)) { continue }
            moods[Word(mood), default: Evidence()].add(isGood: rating == .good)
        }
        return moods
    }

    private static func sure(_ evidence: [Word: Evidence], _ probability: KeyPath<Evidence, Double>) -> [String] {
        evidence.map { (name: $0, probability: $1[keyPath: probability]) }
            .filter { $0.probability >= certainty }
            .sorted { ($1.probability, $0.name) < ($0.probability, $1.name) }
            .map(\.name.text)
    }

    private static func median(_ values: [Double]) -> Double? {
        guard values.count >= durationsMin else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The combinations as the document lists them: best first, of equal ones those with more ratings, then by name.
    package var ranked: [(combination: Combination, evidence: Evidence)] {
        combinations.map { (combination: $0, evidence: $1) }.sorted { a, b in
            (b.evidence.successRate, b.evidence.rated, a.combination) < (
                a.evidence.successRate, a.evidence.rated, b.combination
            )
        }
    }
}
