import NIOCore

/// The chunk framing of HTTP/1.1 (RFC 9112 §7.1), as event frames carry it.
enum ChunkFraming {
    /// What whole chunks hold, without their framing.
    static func removed(from chunks: ByteBuffer) -> ByteBuffer {
        var chunks = chunks
        var content = ByteBuffer()
        content.reserveCapacity(chunks.readableBytes)
        while let end = chunks.readableBytesView.firstIndex(of: UInt8(ascii: "\r")),
            let line = chunks.readString(length: end - chunks.readerIndex), let size = Int(line, radix: 16)
        {
            chunks.moveReaderIndex(forwardBy: 2)
            guard var piece = chunks.readSlice(length: size) else { break }
            content.writeBuffer(&piece)
            chunks.moveReaderIndex(forwardBy: min(2, chunks.readableBytes))
        }
        return content
    }
}
