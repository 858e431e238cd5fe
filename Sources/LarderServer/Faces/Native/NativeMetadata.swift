import LarderModel

/// Metadata as the native face's field `Larder-Metadata` carries it: the JSON itself.
extension Metadata {
    /// - Throws: ``LarderError`` `.invalidMetadata`.
    init(nativeHeader text: String, maxDepth: Int) throws(LarderError) {
        try self.init(json: Array(text.utf8), maxDepth: maxDepth)
    }

    /// What ``init(nativeHeader:)`` reads, in ASCII.
    var nativeHeader: String { String(decoding: JSONText.asciiOnly(object), as: UTF8.self) }
}
