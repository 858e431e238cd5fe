import Foundation
import Testing

/// Runs a property on inputs that a seed makes, so that what fails once fails again.
///
/// Each property runs ``rounds`` times; `LARDER_FUZZ_ROUNDS=100` makes it a hundred times as many and
/// `LARDER_FUZZ_SEED=7` begins elsewhere. An input that once broke something goes into `Corpus/`, one a line, and is
/// tried on every run, as it is and damaged.
enum Fuzz {
    /// Times as many rounds as a property says; 1 unless the environment asks for more.
    static let factor = ProcessInfo.processInfo.environment["LARDER_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 1
    private static let firstSeed = ProcessInfo.processInfo.environment["LARDER_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    /// - Parameters:
    ///   - rounds: on an ordinary run; together all properties should take a few seconds.
    ///   - body: the property. What it throws, or expects in vain, is reported with the seed.
    static func run(
        _ rounds: Int, sourceLocation: SourceLocation = #_sourceLocation, _ body: (inout Dice) throws -> Void
    ) {
        for round in 0..<rounds * factor {
            let seed = firstSeed &+ UInt64(round)
            var dice = Dice(seed)
            do { try body(&dice) } catch {
                Issue.record("seed \(seed): \(error)", sourceLocation: sourceLocation)
                return  // one is enough to begin with
            }
        }
    }

    /// Holds, or ends the round.
    static func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        guard condition else { throw Broken(description: what()) }
    }

    struct Broken: Error, CustomStringConvertible { let description: String }

    /// The lines of a corpus file, in which `\xHH` stands for a byte.
    static func corpus(_ name: String) throws -> [[UInt8]] {
        let path = (#filePath as NSString).deletingLastPathComponent + "/Corpus/\(name).txt"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            var bytes: [UInt8] = []
            var rest = line.utf8[...]
            while let first = rest.first {
                if rest.starts(with: "\\x".utf8),
                    let byte = UInt8(String(decoding: rest.dropFirst(2).prefix(2), as: UTF8.self), radix: 16)
                {
                    bytes.append(byte)
                    rest = rest.dropFirst(4)
                } else {
                    bytes.append(first)
                    rest = rest.dropFirst()
                }
            }
            return bytes
        }
    }
}

/// A generator that gives the same values on every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    /// True once in `n` times.
    mutating func once(in n: Int) -> Bool { number(1...n) == 1 }
    mutating func pick<T>(_ choices: [T]) -> T { choices[number(0...choices.count - 1)] }
    mutating func many<T>(_ count: ClosedRange<Int>, _ make: (inout Dice) throws -> T) rethrows -> [T] {
        try (0..<number(count)).map { _ in try make(&self) }
    }
    mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] { many(count) { UInt8.random(in: 0...255, using: &$0) } }

    /// Characters that coders get wrong among plain ones. No U+FEFF: Foundation, the second opinion on JSON, drops one
    /// that starts a string.
    mutating func text(_ count: ClosedRange<Int>) -> String {
        let odd = [
            "\"", "\\", "/", "\u{0}", "\u{1F}", "\u{7F}", "\n", "\r", "\t", "é", "e\u{301}", "\u{202F}", "\u{2028}",
            "\u{301}", "\u{600}", "\u{200D}",
            "漢", "🎬", "👩‍👩‍👧", ":", " ",
            "%", "+", "&", "=", "?", "#", ".", "..", ",", "*", ";",
        ]
        return many(count) { $0.once(in: 2) ? String(UnicodeScalar(UInt8($0.number(97...122)))) : $0.pick(odd) }
            .joined()
    }

    /// The same input with some of it changed: bytes and `words` put in, taken away, doubled, swapped or cut off.
    mutating func damaged(_ input: [UInt8], words: [String] = [], times: ClosedRange<Int> = 1...4) -> [UInt8] {
        var bytes = input
        for _ in 0..<number(times) {
            let at = number(0...bytes.count)
            switch number(0...6) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &self), at: at)
            case 1, 2: if !words.isEmpty { bytes.insert(contentsOf: pick(words).utf8, at: at) }
            case 3: if at < bytes.count { bytes.remove(at: at) }
            case 4: if at < bytes.count { bytes[at] ^= 1 << UInt8(number(0...7)) }
            case 5: bytes.insert(contentsOf: bytes[at...].prefix(number(1...8)), at: at)
            default: bytes.removeLast(once(in: 3) ? bytes.count - at : min(bytes.count, 1))
            }
        }
        return bytes
    }

    /// The bytes cut into pieces.
    mutating func pieces(_ bytes: [UInt8], max: Int = 16) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(number(1...max))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
extension String {
    var bytes: [UInt8] { Array(utf8) }
}
