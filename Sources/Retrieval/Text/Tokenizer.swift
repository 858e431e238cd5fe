/// Cuts a text into words that can be compared byte for byte: in lower case, without accents, the same on every
/// machine.
///
/// The model is UAX #29 («Unicode Text Segmentation»), §4.1. What differs:
///
/// - Names are found whole and in parts. Parts are joined by `_`, a hyphen, an apostrophe, or a change from small to
///   capital letters: `user_id`, `user-id` and `userId` are `user`, `id` and `userid`. A part of one letter next to an
///   apostrophe is left out: `don't` is `don` and `dont`.
/// - Paths are found whole and by their names. Names are joined by one of `. / : @ # \`: `src/main.c` is `src`,
///   `main`, `c` and `src/main.c`; `v1.2.3` is `v1`, `2`, `3` and `v1.2.3`; `my_app.log` is also `myapp.log`.
/// - `#tag` and `@name` are also words with their sign, and so are `c++` and `c#`.
/// - A comma always ends a word: `1,000` is `1` and `000`.
/// - Scripts without spaces (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar) give every pair of neighbouring scalars,
///   and Han also every single one: many of its words have one (Nie, Gao, Zhang & Zhou 2000). A run of one scalar is a
///   word.
/// - Letters beyond Latin, Greek and Cyrillic keep their marks, except for points of Hebrew and short vowels of
///   Arabic. Text is not normalised beyond that: Hangul as separate letters is other words than as syllables.
/// - Emoji and other signs are no words.
///
/// The time is in proportion to the text's length.
package enum Tokenizer {
    /// A longer word counts as what its first bytes of UTF-8 are; longer names and paths are only found by their parts.
    package static let maxWordBytes = 64

    /// The words in the order in which they end.
    package static func words(_ text: String) -> [String] {
        struct List: WordSink {
            var words: [String] = []
            mutating func take(_ word: ArraySlice<UInt8>) { words.append(String(decoding: word, as: UTF8.self)) }
        }
        var scanner = WordScanner(List())
        scanner.scan(text)
        return scanner.sink.words
    }
}
