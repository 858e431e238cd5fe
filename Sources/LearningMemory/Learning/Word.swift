/// A word for people: a mood, a music style. Two spellings that Unicode holds equal are one word, other than with
/// identifiers, whose bytes count; it is shown as it was written first.
package struct Word: Hashable, Comparable, Sendable {
    /// As it was written. Swift compares, hashes and orders a `String` by its normalised form (NFC): here, and only
    /// here, that is what is wanted.
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func < (a: Word, b: Word) -> Bool { a.text < b.text }
}
