extension RowSet {
    /// Its rows, ascending.
    package func forEach<Failure: Error>(_ body: (_ row: Int) throws(Failure) -> Void) throws(Failure) {
        for (place, word) in words.enumerated() {
            var left = word
            while left != 0 {
                try body(place * 64 + left.trailingZeroBitCount)
                left &= left - 1
            }
        }
    }

    /// Its rows among these as runs that are as long as can be, ascending. Where it has all of them, that is one run.
    package func forEachRun<Failure: Error>(
        in rows: Range<Int>, _ body: (_ run: Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        let rows = rows.clamped(to: 0..<words.count * 64)
        guard !rows.isEmpty else { return }
        // A run that the next word may go on with.
        var open = rows.lowerBound..<rows.lowerBound
        for place in rows.lowerBound / 64...(rows.upperBound - 1) / 64 {
            var left = words[place] & Self.mask(of: rows, place)
            while left != 0 {
                let start = left.trailingZeroBitCount
                let length = (~(left >> UInt64(start))).trailingZeroBitCount
                left = start + length == 64 ? 0 : left & (.max << UInt64(start + length))
                let run = place * 64 + start..<place * 64 + start + length
                if run.lowerBound == open.upperBound, !open.isEmpty {
                    open = open.lowerBound..<run.upperBound
                } else {
                    if !open.isEmpty { try body(open) }
                    open = run
                }
            }
        }
        if !open.isEmpty { try body(open) }
    }

    /// All of its rows as runs.
    package func forEachRun<Failure: Error>(
        _ body: (_ run: Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachRun(in: 0..<words.count * 64, body)
    }

    /// Its rows, ascending.
    package var rows: [Int] {
        var rows: [Int] = []
        rows.reserveCapacity(count)
        forEach { rows.append($0) }
        return rows
    }
}
