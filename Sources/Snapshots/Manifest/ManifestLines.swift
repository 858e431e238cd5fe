import LarderModel
import SnapshotRepository

/// Cuts a manifest into lines while it is read. Used by one task at a time.
struct ManifestLines {
    private let reader: ManifestReader
    private let name: String
    private var pending: [UInt8] = []
    private var isAtEnd = false

    /// Bytes of a line: a row of content's metadata, or of an event, in Base64 at most.
    private static let lineMax = 64 << 20

    init(_ reader: ManifestReader, name: String) {
        self.reader = reader
        self.name = name
    }

    /// The next lines, without their ends; nil behind the last.
    /// - Throws: `LarderError` `.corruptEntry`; what the repository throws.
    mutating func next() async throws -> [ArraySlice<UInt8>]? {
        while !isAtEnd {
            guard let piece = try await reader.next() else {
                isAtEnd = true
                break
            }
            var bytes = pending
            bytes += piece
            guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
                guard bytes.count <= Self.lineMax else { throw Self.damaged(name, "a line of it has no end") }
                pending = bytes
                continue
            }
            pending = Array(bytes[(end + 1)...])
            return bytes[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        }
        guard pending.isEmpty else { throw Self.damaged(name, "its last line has no end") }
        return nil
    }

    static func damaged(_ name: String, _ what: String) -> LarderError {
        LarderError(.corruptEntry, "the manifest of the snapshot \(name) is damaged: \(what)")
    }
}
