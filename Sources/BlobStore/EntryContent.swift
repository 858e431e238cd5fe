import Gzip
package import LarderModel
package import NIOCore
import Objects

/// An entry with a way to its content, at one moment: a later write or removal changes neither.
package struct EntryContent: Sendable {
    package let entry: Entry
    private let source: Source
    /// What has to live as long as the content is used; nil: nothing.
    package let holding: (any AnyObject & Sendable)?

    package enum Form: Sendable {
        /// As it is kept.
        case stored
        /// As it was written by the client.
        case plain
    }

    private enum Source {
        case memory(ByteBuffer)
        case object(ObjectReader)
        case made(@Sendable () -> any ContentSource)
        case nowhere
    }

    private init(_ entry: Entry, _ source: Source, holding: (any AnyObject & Sendable)? = nil) {
        self.entry = entry
        self.source = source
        self.holding = holding
    }

    /// Content that is in memory, in its stored form.
    package init(_ entry: Entry, stored: ByteBuffer, holding: (any AnyObject & Sendable)? = nil) {
        self.init(entry, .memory(stored), holding: holding)
    }

    /// Content that is made piece by piece, plain.
    /// - Parameter make: begins anew.
    package init(_ entry: Entry, making make: @escaping @Sendable () -> any ContentSource) {
        self.init(entry, .made(make))
    }

    /// An entry whose content is not going to be read.
    package init(unread entry: Entry) { self.init(entry, .nowhere) }

    init(_ entry: Entry, _ reader: ObjectReader) { self.init(entry, .object(reader)) }

    /// The stored form, when it is in memory.
    package var storedBytes: ByteBuffer? { if case .memory(let bytes) = source { bytes } else { nil } }

    /// All of the plain content, when its stored form is in memory.
    /// - Throws: `LarderError` `.corruptEntry`.
    package func plainBytes() throws -> ByteBuffer? { try storedBytes.map(plain) }

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
        case .made(let make): return PieceReader(make(), range: range ?? 0..<entry.size)
        case .nowhere:
            throw LarderError(.internalError, "Something failed inside the server; its log says what.")
        }
    }

    /// All of the plain content in memory.
    /// - Throws: `LarderError` `.entryTooLarge` when it has more bytes than `limit`.
    package func collect(limit: Int) async throws -> [UInt8] {
        guard entry.size <= limit else {
            throw LarderError(
                .entryTooLarge,
                "The entry has \(entry.size) bytes; this works on at most \(ByteCount(Int64(limit)).messageText).")
        }
        var pieces = try reader(.plain)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(entry.size))
        while let piece = try await pieces.next() { bytes.append(contentsOf: piece.readableBytesView) }
        return bytes
    }

    private func plain(_ stored: ByteBuffer) throws -> ByteBuffer {
        guard entry.encoding == .gzip else { return stored }
        return ByteBuffer(bytes: try Gzip.decode(Array(stored.readableBytesView), limit: Int(entry.size)))
    }
}

/// Makes content, from front to back.
package protocol ContentSource: Sendable {
    /// The next piece, some 100 KiB; nil at the end.
    mutating func next() async throws -> ByteBuffer?
}

/// Pieces of content, one after another.
package struct PieceReader: Sendable {
    private var memory: ByteBuffer?
    private let file: ContentReader?
    private var made: (any ContentSource)?
    /// Bytes of what is made that are not wanted, and then those that are.
    private var skipped: Int64 = 0, wanted: Int64 = 0
    private static let sizeMax = 512 << 10

    init(memory: ByteBuffer) {
        self.memory = memory
        file = nil
    }

    init(file: ContentReader) { self.file = file }

    init(_ made: any ContentSource, range: Range<Int64>) {
        self.made = made
        file = nil
        skipped = range.lowerBound
        wanted = Int64(range.count)
    }

    /// The next piece, at most 512 KiB; nil at the end.
    package mutating func next() async throws -> ByteBuffer? {
        if let file { return try await file.next() }
        if made != nil { return try await nextMade() }
        guard let left = memory?.readableBytes, left > 0 else { return nil }
        return memory?.readSlice(length: min(left, Self.sizeMax))
    }

    private mutating func nextMade() async throws -> ByteBuffer? {
        while wanted > 0, var piece = try await made?.next() {
            let passed = min(skipped, Int64(piece.readableBytes))
            piece.moveReaderIndex(forwardBy: Int(passed))
            skipped -= passed
            guard let part = piece.readSlice(length: Int(min(wanted, Int64(piece.readableBytes)))),
                part.readableBytes > 0
            else { continue }
            wanted -= Int64(part.readableBytes)
            return part
        }
        return nil
    }
}
