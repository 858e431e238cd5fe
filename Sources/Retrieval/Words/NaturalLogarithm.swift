/// The natural logarithm of a finite number of at least 1, within 2^-51 of it or of 1.
///
/// The C library's differs in its last bits from one system to the next; this one has the same everywhere. With x = m
/// · 2^e and √½ ≤ m ≤ √2 it is e · ln 2 + 2 · artanh(s), s = (m − 1) / (m + 1), by the series s + s³/3 + s⁵/5 …, of
/// which 12 terms are enough for s² ≤ 0.03.
func naturalLogarithm(_ x: Double) -> Double {
    var m = x.significand
    var e = Double(x.exponent)
    if m > 1.414_213_562_373_095_1 {
        m /= 2
        e += 1
    }
    let s = (m - 1) / (m + 1)
    let square = s * s
    var series = 0.0
    for divisor in stride(from: 23.0, through: 1, by: -2) { series = series * square + 1 / divisor }
    return e * 0.693_147_180_559_945_3 + 2 * s * series
}
