package import Index
package import LarderModel
package import Objects

/// Content by its digest alone, whatever names it, for who copies many.
extension BlobStore {
    /// Plain content: all of it, or piece by piece.
    package enum PlainContent: Sendable {
        case bytes([UInt8])
        case pieces(ContentReader)
    }

    /// How some contents are kept now: in the order of the digests, nil for what is not there.
    package func keptObjects(of digests: [Digest]) async throws -> [KeptObject?] {
        try await look { reader in try digests.map { try reader.object(of: $0) } }
    }

    /// Opens plain content, all of it compared with its digest before any of it is given out.
    /// - Throws: `LarderError` `.corruptEntry` when it is damaged or not there.
    package func plainContent(of object: KeptObject) async throws -> PlainContent {
        if let stored = object.content {
            return .bytes(
                try InlineObject.verifiedPlain(
                    stored, encoding: object.encoding, size: object.size, digest: object.digest))
        }
        var object = object
        for _ in 0..<Self.movesMax {
            let locator = ObjectLocator(object.digest, object.encoding, place: object.place)
            do { return .pieces(ContentReader(try await objects.open(locator, size: object.size), .plain)) } catch let
                error as LarderError where error.code == .corruptEntry
            {
                guard let again = try await keptObjects(of: [object.digest])[0],
                    again.place != object.place || again.encoding != object.encoding
                else { throw error }
                object = again
            }
        }
        throw LarderError(.unavailable, "The content is written too often to be read; try again in a moment.")
    }
}
