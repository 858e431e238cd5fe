import Glibc

/// The score interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
/// of the American Statistical Association 22 (1927), 209–212.
package enum WilsonBound {
    /// 95 % of a normal distribution lie within so many standard deviations.
    package static let z = 1.959963984540054

    /// The lower end: the success rate that may be counted on. Unlike the plain rate it grows with the number of
    /// trials: 1 of 1 gives 0.21, 9 of 10 gives 0.60.
    /// - Parameters:
    ///   - good: successes; weighted ones need not be whole.
    ///   - trials: at least `good`; 0 gives 0.
    package static func lower(good: Double, trials: Double) -> Double {
        guard trials > 0 else { return 0 }
        let rate = good / trials, zz = z * z
        let centre = rate + zz / (2 * trials)
        let spread = z * sqrt(rate * (1 - rate) / trials + zz / (4 * trials * trials))
        return max(0, (centre - spread) / (1 + zz / trials))
    }
}
