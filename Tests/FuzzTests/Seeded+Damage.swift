import LarderTestSupport

extension Seeded {
    /// The same input with some of it changed: bytes and `words` put in, taken away, doubled, swapped or cut off.
    mutating func damaged(_ input: [UInt8], words: [String] = [], times: ClosedRange<Int> = 1...4) -> [UInt8] {
        var bytes = input
        for _ in 0..<number(times) {
            let at = number(0...bytes.count)
            switch number(0...6) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &self), at: at)
            case 1, 2: if !words.isEmpty { bytes.insert(contentsOf: pick(words).utf8, at: at) }
            case 3: if at < bytes.count { bytes.remove(at: at) }
            case 4: if at < bytes.count { bytes[at] ^= 1 << UInt8(number(0...7)) }
            case 5: bytes.insert(contentsOf: bytes[at...].prefix(number(1...8)), at: at)
            default: bytes.removeLast(once(in: 3) ? bytes.count - at : min(bytes.count, 1))
            }
        }
        return bytes
    }

    /// The bytes cut into pieces.
    mutating func pieces(_ bytes: [UInt8], max: Int = 16) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(number(1...max))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}
