extension StringProtocol {
    /// The parts between the separators, empty ones included, told apart by bytes: to Swift a separator and a combining
    /// mark beside it are one character, to every other reader of the same bytes they are two.
    /// - Parameter separator: in ASCII.
    package func parts(separatedBy separator: Unicode.Scalar) -> [Substring] {
        Substring(self).utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map {
            Substring($0)
        }
    }
}
