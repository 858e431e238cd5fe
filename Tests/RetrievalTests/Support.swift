import Foundation
import LarderTestSupport
import Retrieval

/// Vectors that comparing gets wrong: duplicates, tiny and huge numbers, one number far above the rest, few different
/// values.
struct VectorDice {
    var dice: Seeded
    let dims: Int
    private var earlier: [[Float]] = []

    init(_ seed: UInt64, dims: Int) {
        dice = Seeded(seed)
        self.dims = dims
    }

    mutating func vector() -> [Float] {
        var vector: [Float]
        switch dice.number(0...10) {
        case 0 where !earlier.isEmpty: vector = dice.pick(earlier)
        case 1 where !earlier.isEmpty: vector = dice.pick(earlier).map { -$0 }
        case 2: vector = (0..<dims).map { _ in Float(dice.number(-2...2)) }
        case 3: vector = (0..<dims).map { _ in Float(Double(number()) * 1e-40) }
        case 4: vector = (0..<dims).map { _ in number() * 1e15 }
        case 5:
            vector = (0..<dims).map { _ in number() }
            vector[dice.number(0...dims - 1)] = 1e9
        // Two values: codes have hardly a rest, and all that is left is what sums round.
        case 6: vector = (0..<dims).map { _ in dice.pick([0.1, -0.1]) }
        default: vector = (0..<dims).map { _ in number() }
        }
        if vector.allSatisfy({ $0 == 0 }) { vector[0] = 1 }
        earlier.append(vector)
        return vector
    }

    private mutating func number() -> Float { Float.random(in: -1...1, using: &dice) }

    mutating func scope(_ count: Int) -> RowSet {
        switch dice.number(0...4) {
        case 0: return RowSet(0..<count)
        case 1: return RowSet(0..<count + 100)
        case 2: return RowSet((0..<count).filter { _ in dice.once(in: 2) })
        case 3: return RowSet((0..<count).filter { _ in dice.once(in: 20) })
        default:
            let start = dice.number(0...count)
            return RowSet(start..<dice.number(start...count))
        }
    }
}

/// A score in doubles, by the definition.
func plainScore(_ one: [Float], _ other: [Float], _ metric: VectorMetric) -> Double {
    func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    switch metric {
    case .cosine: return dot(one, other) / (dot(one, one) * dot(other, other)).squareRoot()
    case .dot: return dot(one, other)
    case .l2:
        return 1
            / (1 + zip(one, other).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) })
    }
}

extension [Float] {
    /// As the index keeps a vector.
    var littleEndianBytes: [UInt8] { flatMap { Swift.withUnsafeBytes(of: $0.bitPattern.littleEndian) { [UInt8]($0) } } }
    var length: Double { reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
}
