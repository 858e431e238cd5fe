import Gzip
import LarderClient
import LarderModel
import NIOCore

/// Opens what AgentOS leaves behind: its SQLite file, or a backup that the SQL adapter wrote as JSON, perhaps with
/// gzip. What a file is, its first bytes say, not its name.
package enum AgentOSFile {
    /// Bytes of a backup in memory, inflated.
    static let backupMax = 1 << 30

    private static let sqliteMagic = Array("SQLite format 3\0".utf8)
    private static let gzipMagic: [UInt8] = [0x1F, 0x8B]

    /// - Throws: `LarderClientError` `notFound`, `fileError` when it is none of these or has no table of turns.
    package static func open(_ path: String) async throws -> any TurnSource {
        guard let chunks = try await LocalFile.chunks(path) else {
            throw LarderClientError(.fileError, "\(path) is no file.")
        }
        var reader = chunks.makeAsyncIterator()
        let first = try await reader.next().map { Array($0.readableBytesView) } ?? []
        if first.starts(with: sqliteMagic) { return try await SQLiteTurns.open(path) }
        let inflater = first.starts(with: gzipMagic) ? GzipDecoder() : nil
        var text: [UInt8] = []
        var piece: [UInt8]? = first
        while let bytes = piece {
            try add(bytes, to: &text, inflater, path)
            piece = try await reader.next().map { Array($0.readableBytesView) }
        }
        do { try inflater?.finish() } catch { throw damagedGzip(path) }
        return try BackupTurns(text, path: path)
    }

    private static func add(_ bytes: [UInt8], to text: inout [UInt8], _ inflater: GzipDecoder?, _ path: String) throws {
        guard let inflater else {
            text += bytes
            return try check(text.count, path)
        }
        do {
            try bytes.withUnsafeBytes { input in
                try inflater.decode(input) { plain in
                    text += plain
                    try check(text.count, path)
                }
            }
        } catch is GzipDecoder.Failure {
            throw damagedGzip(path)
        }
    }

    private static func check(_ count: Int, _ path: String) throws {
        guard count <= backupMax else {
            throw LarderClientError(
                .fileError, "\(path) holds more than \(backupMax >> 20) MiB of JSON; import the SQLite file instead.")
        }
    }

    private static func damagedGzip(_ path: String) -> LarderClientError {
        LarderClientError(.fileError, "\(path) is no whole gzip file.")
    }
}
