import Foundation
import LarderModel

/// Metadata as the Netlify client's header fields carry it: `b64;` and the JSON in base64.
extension Metadata {
    /// - Throws: ``LarderError`` `.invalidMetadata`.
    init(netlifyHeader text: String, maxDepth: Int) throws(LarderError) {
        guard text.hasPrefix("b64;"), let data = Data(base64Encoded: String(text.dropFirst(4))) else {
            throw LarderError(.invalidMetadata, "The metadata header must be 'b64;' followed by JSON in base64.")
        }
        try self.init(json: Array(data), maxDepth: maxDepth)
    }

    /// What ``init(netlifyHeader:)`` reads.
    var netlifyHeader: String { "b64;" + Data(object).base64EncodedString() }
}
