/// Writes and checks the bytes of ``WordCounts``.
enum WordCountsCoding {
    private static let form: UInt8 = 1

    static func encode(_ words: [UInt64], _ counts: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10 + words.count * 9)
        bytes.append(form)
        append(words.count, to: &bytes)
        for word in words { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
        for count in counts { append(count, to: &bytes) }
        let sum = bytes.withUnsafeBytes { checksum($0) }
        withUnsafeBytes(of: sum.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    static func check(_ bytes: [UInt8]) throws(WordCountsFault) -> (length: Int, distinctCount: Int) {
        guard let found = bytes.withUnsafeBytes(checked) else { throw WordCountsFault() }
        return found
    }

    private static func checked(_ bytes: UnsafeRawBufferPointer) -> (length: Int, distinctCount: Int)? {
        guard bytes.count >= 6, bytes[0] == form else { return nil }
        let end = bytes.count - 4
        let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self))
        guard stored == checksum(UnsafeRawBufferPointer(rebasing: bytes[..<end])) else { return nil }
        var place = 1
        guard let distinct = number(bytes, &place, end), distinct <= (end - place) / 9 else { return nil }
        for index in 1..<max(distinct, 1) {
            guard word(bytes, place + (index - 1) * 8) < word(bytes, place + index * 8) else { return nil }
        }
        place += distinct * 8
        var length = 0
        for _ in 0..<distinct {
            guard let count = number(bytes, &place, end), (1...WordCounts.maxCount).contains(count) else { return nil }
            length += count
        }
        return place == end ? (length, distinct) : nil
    }

    static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    // MARK: LEB128

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var left = number
        while left > 127 {
            bytes.append(UInt8(left & 127) | 128)
            left >>= 7
        }
        bytes.append(UInt8(left))
    }

    /// The number that begins here, of at most 35 bits; nil: none ends before `end`.
    static func number(_ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ end: Int) -> Int? {
        var number = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard place < end else { return nil }
            let byte = bytes[place]
            place += 1
            number |= Int(byte & 127) << shift
            if byte < 128 { return number }
        }
        return nil
    }

    // MARK: Checksum

    /// Each step can be undone, so that a change within eight bytes always changes the 64 bits of the state; half of
    /// them are kept.
    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var state = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var place = 0
        while place + 8 <= bytes.count {
            state = mix(state ^ word(bytes, place))
            place += 8
        }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        return UInt32(mix(mix(state ^ rest)) >> 32)
    }

    private static func mix(_ state: UInt64) -> UInt64 {
        let product = state &* 0xFF51_AFD7_ED55_8CCD
        return product ^ product >> 32
    }
}

/// Goes through bytes that were checked.
struct WordCountsReader {
    private let bytes: UnsafeRawBufferPointer
    private var wordPlace: Int
    private var countPlace: Int
    private let countsStart: Int

    init(_ bytes: UnsafeRawBufferPointer, _ distinctCount: Int) {
        self.bytes = bytes
        wordPlace = 1
        _ = WordCountsCoding.number(bytes, &wordPlace, bytes.count)
        countsStart = wordPlace + distinctCount * 8
        countPlace = countsStart
    }

    mutating func next() -> (word: UInt64, count: Int)? {
        guard wordPlace < countsStart else { return nil }
        let word = WordCountsCoding.word(bytes, wordPlace)
        wordPlace += 8
        let count = WordCountsCoding.number(bytes, &countPlace, bytes.count) ?? 1
        return (word, count)
    }

    /// How often a word comes. Its place is found by halving, and the counts in front of its own are stepped over.
    func count(of word: UInt64) -> Int {
        var low = 0
        var high = (countsStart - wordPlace) / 8
        while low < high {
            let middle = (low + high) / 2
            if WordCountsCoding.word(bytes, wordPlace + middle * 8) < word { low = middle + 1 } else { high = middle }
        }
        let place = wordPlace + low * 8
        guard place < countsStart, WordCountsCoding.word(bytes, place) == word else { return 0 }
        var countPlace = countsStart
        for _ in 0..<low { _ = WordCountsCoding.number(bytes, &countPlace, bytes.count) }
        return WordCountsCoding.number(bytes, &countPlace, bytes.count) ?? 1
    }
}
