import Foundation
import LarderTestSupport
import Testing

@testable import Retrieval

@Suite("The natural logarithm")
struct NaturalLogarithmTests {
    @Test("is the C library's but for the last bits")
    func likeTheLibrary() {
        var dice = Seeded(13)
        var numbers = [1, 1.0.nextUp, 1.5, 2, 2.0.squareRoot(), 2.0.squareRoot().nextUp, 2.0.nextDown, 1e6, 1e300]
        for _ in 0..<5_000 {
            numbers.append(exp(Double.random(in: 0...dice.pick([1e-6, 0.1, 1, 20, 700]), using: &dice)))
        }
        for number in numbers {
            #expect(abs(naturalLogarithm(number) - log(number)) <= 0x1p-51 * max(1, log(number)), "\(number)")
        }
        #expect(naturalLogarithm(1) == 0)
    }
}
