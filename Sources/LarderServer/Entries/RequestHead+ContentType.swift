import BlobStore
import LarderHTTP
import LarderModel

extension RequestHead {
    /// The content type of what is written; nil: none is said.
    /// - Throws: `LarderError` `.malformedRequest` when it is too long to be kept.
    func contentType() throws(LarderError) -> String? {
        guard let type = field("content-type") else { return nil }
        guard type.utf8.count <= WriteRequest.contentTypeMax else {
            throw LarderError(
                .malformedRequest,
                "Content-Type has \(type.utf8.count) bytes; \(WriteRequest.contentTypeMax) are the limit. "
                    + "Nothing was stored.")
        }
        return type
    }
}
