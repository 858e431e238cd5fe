import Hashing
package import LarderModel

/// What the native face is, for programs: the OpenAPI 3.1 document that `docs/openapi.yaml` was when the binary was
/// built.
package struct APIDescription: Sendable {
    /// The document as JSON text.
    package let json: [UInt8]
    /// A function of the JSON, so the same for every process of one binary.
    package let etag: ETag

    /// Reads the YAML that SwiftPM embedded, which takes some milliseconds: once a process is enough.
    /// - Throws: `LarderError` `.internalError` when the file can't be said in JSON; a test reads it.
    package init() throws(LarderError) {
        json = try YAMLConversion.json(of: String(decoding: PackageResources.openapi_yaml, as: UTF8.self))
        guard let etag = ETag(SHA256.hash(data: json)) else { preconditionFailure("SHA-256 has 32 bytes") }
        self.etag = etag
    }
}
