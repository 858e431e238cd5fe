/// A generator that gives the same values on every run (SplitMix64), so that a failure of a property test can be
/// repeated.
package struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    package mutating func pick<T>(_ choices: [T]) -> T { choices[number(0...choices.count - 1)] }
    /// True in so many of a hundred cases.
    package mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
    /// True once in `n` times.
    package mutating func once(in n: Int) -> Bool { number(1...n) == 1 }

    package mutating func many<T>(_ count: ClosedRange<Int>, _ make: (inout Seeded) throws -> T) rethrows -> [T] {
        try (0..<number(count)).map { _ in try make(&self) }
    }

    package mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
        many(count) { UInt8.random(in: 0...255, using: &$0) }
    }

    /// Characters that coders get wrong among plain ones: quotes, controls, separators, combining and joining marks,
    /// beyond the first plane. No U+FEFF: Foundation, the second opinion on JSON, drops one that starts a string.
    package mutating func text(_ count: ClosedRange<Int>) -> String {
        let odd = [
            "\"", "\\", "/", "\u{0}", "\u{1}", "\u{1F}", "\u{7F}", "\n", "\r", "\t", "é", "e\u{301}", "\u{202F}",
            "\u{2028}", "\u{301}", "\u{600}", "\u{200D}", "\u{FFFD}", "漢", "🎬", "👩‍👩‍👧", ":", " ", "%", "+",
            "&", "=", "?", "#", ".", "..", ",", "*", ";",
        ]
        return many(count) { $0.once(in: 2) ? String(UnicodeScalar(UInt8($0.number(97...122)))) : $0.pick(odd) }
            .joined()
    }
}
