import Glibc

/// Ratings of some kind of runs: how many there are, and how many of them are good.
package struct Evidence: Sendable, Hashable {
    package var good = 0
    package var rated = 0

    package init(good: Int = 0, rated: Int = 0) {
        self.good = good
        self.rated = rated
    }

    package mutating func add(isGood: Bool) {
        rated += 1
        if isGood { good += 1 }
    }

    /// good / rated, 0 to 1. Only for evidence that there is.
    package var successRate: Double { Double(good) / Double(max(rated, 1)) }

    /// How probable it is that more than half of all such runs would be rated good, when nothing was known before
    /// (Beta(1, 1)): the part of Beta(1 + good, 1 + bad) above 1/2. For whole numbers that is P(X ≤ good) of X ~
    /// Binomial(rated + 1, 1/2).
    package var probabilityOfMostlyGood: Double {
        let throwsInAll = Double(rated + 1)
        var logTerm = -throwsInAll * log(2.0)
        var sum = exp(logTerm)
        for k in 0..<good {
            logTerm += log((throwsInAll - Double(k)) / Double(k + 1))
            sum += exp(logTerm)
        }
        return min(sum, 1)
    }

    package var probabilityOfMostlyBad: Double { Evidence(good: rated - good, rated: rated).probabilityOfMostlyGood }
}
