import Gzip
package import LarderModel
package import NIOCore
import Objects

/// An entry with a way to its content, at one moment: a later write or removal changes neither.
package struct EntryContent: Sendable {
    package let entry: Entry
    private let source: Source

    package enum Form: Sendable {
        /// As it is kept.
        case stored
        /// As it was written by the client.
        case plain
    }

    private enum Source {
        case memory(ByteBuffer)
        case object(ObjectReader)
    }

    /// Small content, in its stored form.
    package init(_ entry: Entry, stored: ByteBuffer) {
        self.entry = entry
        source = .memory(stored)
    }

    init(_ entry: Entry, _ reader: ObjectReader) {
        self.entry = entry
        source = .object(reader)
    }

    /// The stored form, when it is in memory.
    package var storedBytes: ByteBuffer? { if case .memory(let bytes) = source { bytes } else { nil } }

    /// The content from front to back.
    /// - Parameters:
    ///   - form: as it is kept, or as it was written.
    ///   - range: bytes of that form; nil: all.
    package func reader(_ form: Form, range: Range<Int64>? = nil) throws -> PieceReader {
        switch source {
        case .memory(let stored):
            var bytes = form == .plain ? try plain(stored) : stored
            if let range {
                bytes =
                    bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count) ?? ByteBuffer()
            }
            return PieceReader(memory: bytes)
        case .object(let reader):
            return PieceReader(
                file: ContentReader(reader, form == .plain ? .plain : .stored, range: range))
        }
    }

    /// All of the plain content in memory.
    /// - Throws: `LarderError` `.entryTooLarge` when it has more bytes than `limit`.
    package func collect(limit: Int) async throws -> ByteBuffer {
        guard entry.size <= limit else {
            throw LarderError(
                .entryTooLarge, "The entry has \(entry.size) bytes; this works on at most \(ByteCount(Int64(limit))).")
        }
        var pieces = try reader(.plain)
        var bytes = ByteBuffer()
        while var piece = try await pieces.next() { bytes.writeBuffer(&piece) }
        return bytes
    }

    private func plain(_ stored: ByteBuffer) throws -> ByteBuffer {
        guard entry.encoding == .gzip else { return stored }
        return ByteBuffer(bytes: try Gzip.decode(Array(stored.readableBytesView), limit: Int(entry.size)))
    }
}

/// Pieces of content, one after another.
package struct PieceReader: Sendable {
    private var memory: ByteBuffer?
    private let file: ContentReader?

    init(memory: ByteBuffer) {
        self.memory = memory
        file = nil
    }

    init(file: ContentReader) { self.file = file }

    /// The next piece, at most 512 KiB; nil at the end.
    package mutating func next() async throws -> ByteBuffer? {
        if let file { return try await file.next() }
        defer { memory = nil }
        return memory.flatMap { $0.readableBytes > 0 ? $0 : nil }
    }
}
