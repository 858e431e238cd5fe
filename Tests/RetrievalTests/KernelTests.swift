import CVectors
import LarderTestSupport
import Testing

@Suite("The loops for each kind of CPU")
struct KernelTests {
    /// What this CPU can run beyond the plain ones; without any the tests compare these with themselves.
    private static let variants = Array(0...larder_vectors_best_variant())
    private static let shapes = [(16, 64), (32, 64), (48, 64), (384, 384), (1_024, 1_024)]

    /// Numbers of all sizes, with subnormal ones and signed zeros.
    private func number(_ dice: inout Seeded) -> Float {
        switch dice.number(0...9) {
        case 0: dice.once(in: 2) ? 0 : -0.0
        case 1: Float(bitPattern: UInt32(dice.number(0...0x007F_FFFF)))
        case 2: Float.random(in: -1e18...1e18, using: &dice)
        default: Float.random(in: -1...1, using: &dice)
        }
    }

    @Test("give the same bits for dot products, distances, lengths and quotients", arguments: shapes)
    func floats(stride: Int, codeStride: Int) {
        var dice = Seeded(UInt64(stride))
        for count in [1, 2, 3, 4, 5, 7, 8, 31] {
            let question = (0..<stride).map { _ in number(&dice) }
            let rows = (0..<stride * count).map { _ in number(&dice) }
            let results = Self.variants.map { variant in
                var out = [Float](repeating: 0, count: count * 2)
                out.withUnsafeMutableBufferPointer { out in
                    guard let first = out.baseAddress else { return }
                    larder_vectors_dot(variant, question, rows, stride, count, first)
                    larder_vectors_distance(variant, question, rows, stride, count, first + count)
                }
                var quotients = question
                larder_vectors_divide(variant, &quotients, stride, 3.7)
                let length = larder_vectors_square(variant, question, stride).bitPattern
                return out.map(\.bitPattern) + quotients.map(\.bitPattern) + [
                    UInt32(length >> 32), UInt32(length & 0xFFFF_FFFF),
                ]
            }
            #expect(Set(results).count == 1)
        }
    }

    @Test("sum products of codes exactly, also at their ends", arguments: shapes)
    func codes(stride: Int, codeStride: Int) {
        var dice = Seeded(UInt64(codeStride))
        for count in [1, 3, 4, 6, 9] {
            for ends in [false, true] {
                let question = (0..<codeStride).map { _ in ends ? 255 : UInt8.random(in: 1...255, using: &dice) }
                let rows = (0..<codeStride * count).map { _ in
                    ends ? dice.pick([-127, 127]) : Int8.random(in: -127...127, using: &dice)
                }
                let expected = (0..<count).map { row in
                    (0..<codeStride).reduce(Int32(0)) { $0 + Int32(question[$1]) * Int32(rows[row * codeStride + $1]) }
                }
                for variant in Self.variants {
                    var out = [Int32](repeating: 0, count: count)
                    larder_vectors_code_dot(variant, question, rows, codeStride, count, &out)
                    #expect(out == expected, "variant \(variant)")
                }
            }
        }
    }

    @Test("make the same codes, and a residual that is not below what is left", arguments: shapes)
    func encoding(stride: Int, codeStride: Int) {
        var dice = Seeded(UInt64(stride) + 1)
        for round in 0..<40 {
            let row = (0..<stride).map { _ in round == 0 ? 0 : round == 1 ? .leastNonzeroMagnitude : number(&dice) }
            let results = Self.variants.map { variant in
                var codes = [Int8](repeating: 1, count: codeStride)
                var facts = larder_code_facts()
                larder_vectors_encode(variant, row, stride, &codes, codeStride, &facts)
                #expect(codes[stride...].allSatisfy { $0 == 0 } && facts.sum == codes.reduce(0) { $0 + Int32($1) })
                #expect(facts.square == codes.reduce(0) { $0 + Int32($1) * Int32($1) })
                let rest = (0..<stride).reduce(0.0) { sum, place in
                    let left = Double(row[place]) - Double(facts.scale) * Double(codes[place])
                    return sum + left * left
                }
                #expect(Double(facts.residual) >= rest.squareRoot())
                #expect(Double(facts.residual) <= rest.squareRoot() * (1 + 1e-6) + 1e-44)
                return codes
            }
            #expect(Set(results).count == 1)
        }
    }

    @Test("round bounds up where a float can't hold them")
    func rounding() {
        var dice = Seeded(4)
        let products = (0..<100).map { _ in Int32(dice.number(-1_000_000...1_000_000)) }
        let facts = (0..<100).map { _ in
            larder_code_facts(scale: Float.random(in: 0...1, using: &dice), residual: 0, sum: 0, square: 0)
        }
        var terms = larder_bound_terms(scale: 0.3, square: 0, along: 0, across: 0, tiny: 0, keep: 1)
        for variant in Self.variants {
            var bounds = [Float](repeating: 0, count: 100)
            let highest = larder_vectors_dot_bounds(variant, &terms, products, facts, 100, &bounds)
            #expect(highest == bounds.max())
            for (row, bound) in bounds.enumerated() {
                let exact = Double(products[row]) * (Double(facts[row].scale) * terms.scale)
                #expect(Double(bound) >= exact && Double(bound) <= exact + abs(exact) * 1e-6 + 1e-40)
            }
        }
    }
}
