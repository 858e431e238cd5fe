/// A mood and a music style together: what a suggestion suggests.
package struct Combination: Hashable, Comparable, Sendable {
    package let mood: String
    package let musicStyle: String

    package init(mood: String, musicStyle: String) {
        self.mood = mood
        self.musicStyle = musicStyle
    }

    package static func < (a: Combination, b: Combination) -> Bool { (a.mood, a.musicStyle) < (b.mood, b.musicStyle) }
}
