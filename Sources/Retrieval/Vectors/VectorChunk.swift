internal import CVectors

/// A piece of a table: rows side by side. Vectors lie in the order of their rows; a row without one takes no room.
struct VectorChunk: Sendable {
    /// How many rows it has, with those that have no vector.
    private(set) var count = 0
    /// The row of each vector, counted from the chunk's first; ascending.
    private var rows: [UInt16] = []
    private var floats: [Float] = []
    private var codes: [Int8] = []
    private var facts: [larder_code_facts] = []
    /// Where the first vector begins in ``floats`` and ``codes``.
    private var floatsStart = 0
    private var codesStart = 0

    /// The bytes of memory that it takes.
    var bytes: Int {
        floats.capacity * 4 + codes.capacity + facts.capacity * MemoryLayout<larder_code_facts>.stride
            + rows.capacity * 2
    }

    /// - Parameter fill: Writes the vector's numbers.
    /// - Throws: What the shape finds wrong with them; the chunk is then as it was.
    mutating func append(
        _ shape: VectorShape, fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(VectorFault) {
        let place = floats.count
        floats.append(contentsOf: repeatElement(0, count: shape.stride))
        do {
            try floats.withUnsafeMutableBufferPointer { all throws(VectorFault) in
                guard let start = all.baseAddress else { return }
                fill(UnsafeMutableBufferPointer(start: start + place, count: shape.dims))
                try shape.settle(start + place)
            }
        } catch {
            floats.removeLast(shape.stride)
            throw error
        }
        encode(place, shape)
        rows.append(UInt16(count))
        count += 1
    }

    mutating func appendNone() { count += 1 }

    private mutating func encode(_ place: Int, _ shape: VectorShape) {
        let codesPlace = codes.count
        codes.append(contentsOf: repeatElement(0, count: shape.codeStride))
        var found = larder_code_facts()
        floats.withUnsafeBufferPointer { floats in
            codes.withUnsafeMutableBufferPointer { codes in
                guard let row = floats.baseAddress, let out = codes.baseAddress else { return }
                larder_vectors_encode(
                    VectorShape.variant, row + place, shape.stride, out + codesPlace, shape.codeStride, &found)
            }
        }
        facts.append(found)
    }

    /// The same without spare room, with rows that begin at multiples of 64 bytes: for a chunk that is full and never
    /// changes again.
    func sealed() -> VectorChunk {
        var sealed = self
        (sealed.floats, sealed.floatsStart) = Self.aligned(floats)
        (sealed.codes, sealed.codesStart) = Self.aligned(codes)
        sealed.facts = Array(facts[...])
        sealed.rows = Array(rows[...])
        return sealed
    }

    /// A copy of these, and where in it they begin. An array begins at a multiple of 16 bytes.
    private static func aligned<Number: BitwiseCopyable>(_ numbers: [Number]) -> ([Number], start: Int) {
        let size = MemoryLayout<Number>.stride
        var start = 0
        let copy = [Number](unsafeUninitializedCapacity: numbers.count + 64 / size) { room, filled in
            guard let first = room.baseAddress else { return }
            start = (64 - Int(bitPattern: first) & 63) % 64 / size
            // What is in front is never read, but an array has no holes.
            UnsafeMutableRawBufferPointer(room).initializeMemory(as: UInt8.self, repeating: 0)
            _ = UnsafeMutableBufferPointer(rebasing: room[start...]).update(fromContentsOf: numbers)
            filled = start + numbers.count
        }
        return (copy, start)
    }
}

extension VectorChunk {
    var vectorCount: Int { rows.count }

    /// The row that the vector in this place belongs to.
    func row(of slot: Int) -> Int { rows.count == count ? slot : Int(rows[slot]) }

    /// The place among the vectors of the first that belongs to this row or a later one.
    func slot(of row: Int) -> Int {
        if rows.count == count { return row }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Exact scores of the vectors in these places.
    func scores(_ slots: Range<Int>, of question: VectorQuestion, into out: UnsafeMutablePointer<Float>) {
        let (shape, variant) = (question.shape, VectorShape.variant)
        floats.withUnsafeBufferPointer { floats in
            guard let all = floats.baseAddress else { return }
            let rows = all + floatsStart + slots.lowerBound * shape.stride
            if shape.metric == .l2 {
                larder_vectors_distance(variant, question.floats, rows, shape.stride, slots.count, out)
                for place in 0..<slots.count { out[place] = 1 / (1 + out[place]) }
            } else {
                larder_vectors_dot(variant, question.floats, rows, shape.stride, slots.count, out)
            }
        }
    }

    /// Upper bounds of the same scores; the highest of them is returned.
    ///
    /// - Parameter products: Room for as many integers as there are places.
    func upperBounds(
        _ slots: Range<Int>, of question: VectorQuestion, products: UnsafeMutablePointer<Int32>,
        into out: UnsafeMutablePointer<Float>
    ) -> Float {
        let (shape, variant) = (question.shape, VectorShape.variant)
        codes.withUnsafeBufferPointer { codes in
            guard let all = codes.baseAddress else { return }
            let rows = all + codesStart + slots.lowerBound * shape.codeStride
            larder_vectors_code_dot(variant, question.codes, rows, shape.codeStride, slots.count, products)
        }
        return facts.withUnsafeBufferPointer { facts in
            guard let all = facts.baseAddress else { return -.infinity }
            let of = all + slots.lowerBound
            return withUnsafePointer(to: question.terms) { terms in
                shape.metric == .l2
                    ? larder_vectors_distance_bounds(variant, terms, products, of, slots.count, out)
                    : larder_vectors_dot_bounds(variant, terms, products, of, slots.count, out)
            }
        }
    }
}
