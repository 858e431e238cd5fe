package import LarderModel

/// A run with the rating that counts.
package struct RatedRun: Sendable, Hashable {
    package var facts: RunFacts
    /// nil: nobody has rated it.
    package var rating: Rating?
    /// When it was rated by an evaluation; nil: not, or only in a document, which doesn't say when.
    package var ratedAt: Timestamp?

    package init(facts: RunFacts, rating: Rating?, ratedAt: Timestamp? = nil) {
        self.facts = facts
        self.rating = rating
        self.ratedAt = ratedAt
    }

    /// nil when the mood or the music style is unknown.
    package var combination: Combination? {
        guard let mood = facts.mood, let style = facts.musicStyle else { return nil }
        return Combination(mood: mood, musicStyle: style)
    }
}
