import CZlib
import LarderModel

/// Deflates to the gzip format (RFC 1952), piece by piece. Not shared between threads at once.
package final class GzipEncoder {
    private var stream = z_stream()

    /// Level 1: on run JSON it packs 6.1 to 1 at 155 MB/s where level 6 packs 7.5 to 1 at 79 MB/s; time is the scarcer
    /// good here.
    package static let level: Int32 = 1

    package init() {
        // 15 + 16: the largest window, gzip framing. Fails only without memory, which nothing here survives.
        let status = deflateInit2_(
            &stream, Self.level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "deflateInit2 failed: \(status)")
    }

    deinit { deflateEnd(&stream) }

    /// Ready for a new member; keeps the memory.
    package func reset() { deflateReset(&stream) }

    /// - Parameters:
    ///   - input: the next plain bytes.
    ///   - finish: whether these were the last.
    ///   - output: where compressed bytes are appended.
    package func encode(_ input: UnsafeRawBufferPointer, finish: Bool, into output: inout [UInt8]) {
        stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(input.count)
        var status = Z_OK
        repeat {
            let used = output.count
            let room = max(4_096, Int(stream.avail_in) / 4)
            output.append(contentsOf: repeatElement(0, count: room))
            let produced = output.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress.map { $0 + used }
                stream.avail_out = UInt32(room)
                status = deflate(&stream, finish ? Z_FINISH : Z_NO_FLUSH)
                return room - Int(stream.avail_out)
            }
            output.removeLast(room - produced)
        } while finish ? status != Z_STREAM_END : stream.avail_in > 0
    }
}

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

/// One-shot forms for content that is in memory anyway.
package enum Gzip {
    /// - Returns: the gzip form.
    package static func encode(_ bytes: UnsafeRawBufferPointer, with encoder: GzipEncoder) -> [UInt8] {
        encoder.reset()
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count / 4 + 64)
        encoder.encode(bytes, finish: true, into: &output)
        return output
    }

    /// - Parameter limit: the most plain bytes there may be.
    /// - Throws: `LarderError` `.corruptEntry` when it is not gzip or expands beyond the limit.
    package static func decode(_ bytes: [UInt8], limit: Int) throws(LarderError) -> [UInt8] {
        let decoder = GzipDecoder()
        var output: [UInt8] = []
        output.reserveCapacity(limit)
        do {
            try bytes.withUnsafeBytes { input in
                try decoder.decode(input) { piece in
                    guard output.count + piece.count <= limit else { throw GzipDecoder.Failure.notGzip }
                    output.append(contentsOf: piece)
                }
            }
            try decoder.finish()
        } catch {
            throw LarderError(.corruptEntry, "The stored content is damaged; write it again.", cause: "gzip: \(error)")
        }
        return output
    }
}
