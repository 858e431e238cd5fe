import BlobStore
import Index
import LarderModel
import NIOCore

/// The array of a long log, read a page at a time while it goes out. What is appended meanwhile does not belong to it;
/// where the caps or somebody take away what is still to come, it fails, and so is not taken for whole.
struct LogArrayReader: ContentSource {
    private let name: EntryName
    private let entry: Entry
    private let last: Int64
    private let blobs: BlobStore
    private var after: Int64 = 0
    private var given: Int64 = 0
    private var isOver = false

    private static let pieceBytes = 256 << 10

    /// - Parameters:
    ///   - entry: as the log was shown with this last event.
    init(_ name: EntryName, _ entry: Entry, last: Int64, _ blobs: BlobStore) {
        self.name = name
        self.entry = entry
        self.last = last
        self.blobs = blobs
    }

    mutating func next() async throws -> ByteBuffer? {
        guard !isOver else { return nil }
        let name = name, after = after
        let events = try await blobs.look {
            try $0.logEvents(name, after: after, limit: .max, byteLimit: Self.pieceBytes)
        }.prefix { $0.sequence <= last }
        var piece = ByteBuffer()
        if given == 0 { piece.writeStaticString("[") }
        for event in events {
            if given + Int64(piece.readableBytes) > 1 { piece.writeStaticString(",") }
            piece.writeBytes(event.json)
        }
        self.after = events.last?.sequence ?? last
        if self.after >= last {
            piece.writeStaticString("]")
            isOver = true
        }
        given += Int64(piece.readableBytes)
        guard !isOver || given == entry.size else {
            throw LarderError(.conflict, "Events of this log went while it was read; read it again.")
        }
        return piece
    }
}
