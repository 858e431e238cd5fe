package import FoundationEssentials
import NIOCore

/// `.larder-export/manifest.jsonl` in an exported folder: a line for each entry, so that an import makes the same
/// entries again.
package enum ExportManifest {
    package static let folder = ".larder-export"
    /// Complete, from an export that came to its end.
    static let name = "\(folder)/manifest.jsonl"
    /// Growing, from one under way or broken off.
    static let partName = "\(folder)/manifest.part"
    /// A line holds a key, a path and metadata, each escaped at worst six-fold.
    static let lineMax = 64 << 10

    /// One entry.
    package struct Line: Sendable, Hashable, HoldsMetadata {
        package var key: String
        /// From the folder, with `/` between segments.
        package var file: String
        package var size: Int64
        /// Empty for a log, which is put together when it is read.
        package var sha256: String
        package var contentType: String
        package var metadata: EntryMetadata
        package var modifiedAt: Date
        package var expiresAt: Date?

        package var allMetadata: [EntryMetadata] { [metadata] }

        /// Times aside, which lose a fraction of a millisecond each time they are written.
        func isSameContent(as other: Line) -> Bool {
            size == other.size && sha256 == other.sha256 && metadata == other.metadata
                && [key, file, contentType].elementsEqual([other.key, other.file, other.contentType]) {
                    $0.utf8.elementsEqual($1.utf8)
                }
        }
    }

    /// Reads a manifest; lines of an export that was broken off in the middle of one are passed over.
    /// - Returns: nil when there is none.
    package static func read(_ folder: String, partly: Bool = false) async throws -> [Line]? {
        let path = "\(folder)/\(partly ? partName : name)"
        guard (try? await LocalFile.size(path)) != nil else { return nil }
        var lines: [Line] = []
        var rest = ByteBuffer()
        for try await var chunk in FileChunks(try await OpenFile.open(path, flags: OpenFile.readOnly)) {
            rest.writeBuffer(&chunk)
            while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                guard let line = rest.readSlice(length: end - rest.readerIndex) else { break }
                rest.moveReaderIndex(forwardBy: 1)
                do { lines.append(try ClientJSON.decode(Line.self, from: line)) } catch {
                    throw LarderClientError(.fileError, "\(path): line \(lines.count + 1) is not one of an export.")
                }
            }
            guard rest.readableBytes <= lineMax else {
                throw LarderClientError(.fileError, "\(path): line \(lines.count + 1) is too long.")
            }
            rest.discardReadBytes()
        }
        return lines
    }
}
