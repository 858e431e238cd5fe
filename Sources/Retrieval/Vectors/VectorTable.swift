/// Vectors side by side in memory, to be compared with a question one by one. Nothing is approximate: every row that is
/// asked for is compared, or proven to be worse than those that are given out.
///
/// A value: a copy is cheap and keeps its rows while the original goes on. Full chunks of about half a MiB are shared
/// between copies; the last, open one is copied by the first append after a copy was taken.
package struct VectorTable: Sendable {
    /// More are refused when a table is made: exact sums of codes have room for no more.
    package static let maxDims = 16_384
    /// Under dot and l2: a longer vector's scores might not be finite.
    package static let maxLength = 0x1p62

    private final class Sealed: Sendable {
        let chunk: VectorChunk
        init(_ chunk: VectorChunk) { self.chunk = chunk }
    }

    let shape: VectorShape
    private let chunkRows: Int
    private var sealed: [Sealed] = []
    private var open = VectorChunk()
    private var sealedBytes = 0
    private var sealedVectors = 0
    /// How many rows have a vector.
    package var vectorCount: Int { sealedVectors + open.vectorCount }

    package init(dims: Int, metric: VectorMetric) {
        shape = VectorShape(dims: dims, metric: metric)
        chunkRows = shape.chunkRows
    }

    package var dims: Int { shape.dims }
    package var metric: VectorMetric { shape.metric }
    /// How many rows it has, with those that have no vector.
    package var count: Int { sealed.count * chunkRows + open.count }
    /// The bytes of memory that it takes: some 5 for each component of a vector.
    package var bytes: Int { sealedBytes + open.bytes }
    /// Who divides the rows among threads cuts them at multiples of this.
    package var rowsPerChunk: Int { chunkRows }

    /// Whether a vector can be taken.
    package static func check(_ vector: [Float], dims: Int, metric: VectorMetric) throws(VectorFault) {
        _ = try VectorQuestion(vector, dims: dims, metric: metric)
    }

    /// A question for this table.
    package func question(_ vector: [Float]) throws(VectorFault) -> VectorQuestion {
        try VectorQuestion(vector, shape)
    }

    /// Puts a vector into row `count`. Under cosine it is kept with length 1.
    ///
    /// - Throws: What ``check(_:dims:metric:)`` throws; the table is then as it was.
    package mutating func append(_ vector: [Float]) throws(VectorFault) {
        guard vector.count == shape.dims else { throw .wrongDims(found: vector.count, expected: shape.dims) }
        try open.append(shape) { row in _ = row.update(fromContentsOf: vector) }
        sealWhenFull()
    }

    /// The same from 32-bit floats in little-endian order, as a row of the index has them.
    package mutating func append(bytes: UnsafeRawBufferPointer) throws(VectorFault) {
        guard bytes.count % 4 == 0 else { throw .wrongSize(bytes: bytes.count) }
        guard bytes.count == shape.dims * 4 else { throw .wrongDims(found: bytes.count / 4, expected: shape.dims) }
        try open.append(shape) { row in
            UnsafeMutableRawBufferPointer(row).copyMemory(from: bytes)
            for place in row.indices { row[place] = Float(bitPattern: UInt32(littleEndian: row[place].bitPattern)) }
        }
        sealWhenFull()
    }

    package mutating func append(bytes: [UInt8]) throws(VectorFault) {
        try bytes.withUnsafeBufferPointer { bytes throws(VectorFault) in
            try append(bytes: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Row `count` has no vector and is never in a result.
    package mutating func appendNone() {
        open.appendNone()
        sealWhenFull()
    }

    private mutating func sealWhenFull() {
        guard open.count == chunkRows else { return }
        let chunk = open.sealed()
        open = VectorChunk()
        sealedBytes += chunk.bytes
        sealedVectors += chunk.vectorCount
        sealed.append(Sealed(chunk))
    }

    /// A chunk by its place in the table, and its first row.
    func chunk(_ place: Int) -> (VectorChunk, base: Int) {
        (place < sealed.count ? sealed[place].chunk : open, place * chunkRows)
    }
}
