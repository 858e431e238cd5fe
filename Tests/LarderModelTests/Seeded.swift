/// A generator that gives the same values on every run (SplitMix64), so that a failure of a property test can be
/// repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: choices.indices, using: &self)] }

    mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// Characters that coders get wrong: quotes, controls, separators, combining and right-to-left marks, beyond the
    /// first plane.
    mutating func text(_ count: ClosedRange<Int>) -> String {
        let odd = [
            "\"", "\\", "/", "\u{0}", "\u{1}", "\u{1F}", "\u{7F}", "\n", "\r", "\t", "é", "e\u{301}", "\u{202F}",
            "\u{2028}", "\u{FFFD}", "漢", "🎬",
            "👩‍👩‍👧", ":", " ", "%", "+",
        ]
        return (0..<Int.random(in: count, using: &self)).map { _ in
            Bool.random(using: &self) ? String(UnicodeScalar(UInt8.random(in: 97...122, using: &self))) : pick(odd)
        }.joined()
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
