/// A mood and a music style together: what a suggestion suggests.
package struct Combination: Hashable, Comparable, Sendable {
    package let mood: Word
    package let musicStyle: Word

    package init(mood: String, musicStyle: String) { self.init(Word(mood), Word(musicStyle)) }

    package init(_ mood: Word, _ musicStyle: Word) {
        self.mood = mood
        self.musicStyle = musicStyle
    }

    package static func < (a: Combination, b: Combination) -> Bool { (a.mood, a.musicStyle) < (b.mood, b.musicStyle) }
}
