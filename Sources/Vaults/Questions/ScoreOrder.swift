/// Sorts many items by their scores: a radix sort by the score as f32, in three passes, and a comparison of those that
/// are equal by that.
enum ScoreOrder {
    private static let digitBits: UInt32 = 11
    /// Up to so many, comparing costs less.
    private static let fewMax = 64

    /// - Parameters:
    ///   - score: the higher, the earlier; never NaN.
    ///   - isBefore: the whole order; it never contradicts the scores.
    static func sorted<T>(_ items: [T], by score: (T) -> Float, _ isBefore: (T, T) -> Bool) -> [T] {
        guard items.count > fewMax else { return items.sorted(by: isBefore) }
        // The key in the upper half, the place in the lower one.
        var keyed = items.enumerated().map { UInt64(key(score($1))) << 32 | UInt64($0) }
        var other = keyed
        for digit in 0..<3 as Range<UInt32> {
            pass(from: keyed, to: &other, shift: UInt64(32 + digit * digitBits))
            swap(&keyed, &other)
        }
        var sorted = keyed.map { items[Int($0 & 0xFFFF_FFFF)] }
        var start = 0
        while start < keyed.count {
            var end = start + 1
            while end < keyed.count, keyed[end] >> 32 == keyed[start] >> 32 { end += 1 }
            if end - start > 1 { sorted[start..<end].sort(by: isBefore) }
            start = end
        }
        return sorted
    }

    /// Numbers that ascend where scores fall.
    private static func key(_ score: Float) -> UInt32 {
        // -0 and 0 are one score.
        let bits = (score + 0).bitPattern
        return bits >> 31 == 1 ? bits : ~bits & 0x7FFF_FFFF
    }

    private static func pass(from: [UInt64], to: inout [UInt64], shift: UInt64) {
        let mask: UInt64 = 1 << UInt64(digitBits) - 1
        var starts = Array(repeating: 0, count: 1 << Int(digitBits))
        for item in from { starts[Int(item >> shift & mask)] += 1 }
        var sum = 0
        for digit in starts.indices {
            let count = starts[digit]
            starts[digit] = sum
            sum += count
        }
        for item in from {
            let digit = Int(item >> shift & mask)
            to[starts[digit]] = item
            starts[digit] += 1
        }
    }
}
