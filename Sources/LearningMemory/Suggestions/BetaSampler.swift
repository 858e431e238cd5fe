import Glibc

/// Draws from Beta(a, b), a and b at least 1: as X / (X + Y) of two gamma variates.
enum BetaSampler {
    static func sample(_ a: Double, _ b: Double, using random: inout SeededGenerator) -> Double {
        let x = gamma(a, using: &random), y = gamma(b, using: &random)
        return x / (x + y)
    }

    /// Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables" (ACM TOMS 26, 2000), for shapes of at
    /// least 1. Takes another turn in about one of twenty cases.
    private static func gamma(_ shape: Double, using random: inout SeededGenerator) -> Double {
        let d = shape - 1.0 / 3, c = 1 / sqrt(9 * d)
        while true {
            let x = normal(using: &random)
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            if v > 0, log(random.unit()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
        }
    }

    /// Box and Muller (1958).
    private static func normal(using random: inout SeededGenerator) -> Double {
        sqrt(-2 * log(random.unit())) * cos(2 * Double.pi * random.unit())
    }
}
