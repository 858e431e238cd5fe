import Foundation
import LarderTestSupport
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
        _ rounds: Int, sourceLocation: SourceLocation = #_sourceLocation, _ body: (inout Seeded) throws -> Void
    ) {
        for round in 0..<rounds * factor {
            let seed = firstSeed &+ UInt64(round)
            var dice = Seeded(seed)
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
