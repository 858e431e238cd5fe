/// The picture of a bar.
enum Bar {
    /// - Parameters:
    ///   - fraction: 0 to 1; beyond is cut.
    ///   - columns: its width, at least 4.
    static func picture(_ fraction: Double, columns: Int) -> String {
        let inner = max(2, columns - 2)
        let full = Int((min(max(fraction, 0), 1) * Double(inner)).rounded(.down))
        return "[" + String(repeating: "█", count: full) + String(repeating: "░", count: inner - full) + "]"
    }
}
