import CZlib

/// Inflates the gzip format, piece by piece, members behind one another included. Not shared between threads at once.
package final class GzipDecoder {
    package enum Failure: Error { case notGzip, truncated }

    private var stream = z_stream()
    private var inMember = false
    private var sawMember = false

    package init() {
        let status = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "inflateInit2 failed: \(status)")
    }

    deinit { inflateEnd(&stream) }

    package func reset() {
        inflateReset(&stream)
        inMember = false
        sawMember = false
    }

    /// One turn of inflating: takes what input it can for the room there is.
    /// - Returns: bytes taken from `input` and bytes put into `output`. Both zero means: more input is needed.
    /// - Throws: ``Failure/notGzip`` for anything that is not gzip or fails its checksum.
    package func turn(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(Failure) -> (
        taken: Int, produced: Int
    ) {
        if !inMember {
            guard !input.isEmpty else { return (0, 0) }
            if sawMember { inflateReset(&stream) }
            inMember = true
            sawMember = true
        }
        stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.avail_out = UInt32(output.count)
        let status = inflate(&stream, Z_NO_FLUSH)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .notGzip }
        if status == Z_STREAM_END { inMember = false }
        return (input.count - Int(stream.avail_in), output.count - Int(stream.avail_out))
    }

    /// Inflates all of `input`.
    /// - Parameters:
    ///   - input: the next compressed bytes.
    ///   - pieceSize: how much is inflated between two calls of `consume`: the bound on memory however far the input
    ///     expands.
    ///   - consume: takes plain bytes; what it throws ends the work.
    /// - Throws: ``Failure/notGzip``.
    package func decode(
        _ input: UnsafeRawBufferPointer, pieceSize: Int = 64 << 10, consume: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 16) { piece in
            var rest = input
            while true {
                let (taken, produced) = try turn(rest, into: piece)
                rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
                if produced > 0 { try consume(UnsafeRawBufferPointer(rebasing: piece[..<produced])) }
                if rest.isEmpty ? produced < piece.count : taken == 0 && produced == 0 { return }
            }
        }
    }

    /// - Throws: ``Failure/truncated`` when the input ended inside a member or held none.
    package func finish() throws(Failure) {
        guard sawMember, !inMember else { throw .truncated }
    }
}
