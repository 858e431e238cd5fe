package import LarderModel

/// JSON as a server takes it whose start set no limits of its own.
extension JSONText {
    package static func check(_ bytes: [UInt8]) throws(LarderError) -> Value {
        try check(bytes, maxDepth: depthDefault)
    }
}

extension MergePatch {
    package static func apply(_ patch: [UInt8], to target: [UInt8]?) throws(LarderError) -> [UInt8] {
        try apply(patch, to: target, maxDepth: JSONText.depthDefault)
    }
}

extension Metadata {
    package init(json text: [UInt8]) throws(LarderError) { try self.init(json: text, maxDepth: JSONText.depthDefault) }
}
