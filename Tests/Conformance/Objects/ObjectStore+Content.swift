package import LarderModel
import NIOCore
package import Objects

/// Whole content through an ``ObjectStore``, for tests of it over any backend.
extension ObjectStore {
    /// Writes content in pieces of `pieceSize`.
    package func write(
        _ bytes: [UInt8], as type: String = MediaType.octetStream, _ compression: Policy.Compression = .auto,
        pieceSize: Int = 64 << 10
    ) async throws -> StagedObject {
        let writer = ObjectWriter(store: self, contentType: type, compression: compression)
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            try await writer.append(ByteBuffer(bytes: bytes[start..<min(start + pieceSize, bytes.count)]))
        }
        return try await writer.finish()
    }

    package func read(
        _ object: StagedObject, _ form: ContentReader.Form = .plain, _ range: Range<Int64>? = nil
    ) async throws -> [UInt8] {
        try await ContentReader(open(object), form, range: range).collect()
    }

    /// - Throws: `LarderError` `.corruptEntry`, also for content that is to be kept in the index.
    package func open(_ object: StagedObject) async throws -> ObjectReader {
        guard case .stored(let locator, _) = object.content else {
            throw LarderError(.corruptEntry, "small content is not among the objects")
        }
        return try await open(locator, size: object.size)
    }
}

extension ContentReader {
    package func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() { bytes += Array(buffer: piece) }
        return bytes
    }
}
