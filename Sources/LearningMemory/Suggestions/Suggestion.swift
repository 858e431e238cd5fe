package import LarderModel

/// A combination to try next.
package struct Suggestion: Sendable, Hashable {
    package let combination: Combination
    /// good / rated, 0 to 1; nil when none was rated and no document brought a rate along.
    package let successRate: Double?
    /// Rated runs.
    package let trials: Int
    /// ``WilsonBound``, 0 to 1.
    package let lowerBound: Double
    /// One sentence.
    package let reason: String

    package func write(to out: inout JSONWriter) {
        out.openObject()
        out.field("mood", combination.mood.text)
        out.field("musicStyle", combination.musicStyle.text)
        out.field("successRate", number: successRate)
        out.field("trials", trials)
        out.field("lowerBound", number: lowerBound)
        out.field("reason", reason)
        out.closeObject()
    }
}
