import Hashing
package import LarderModel

extension ETag {
    /// The ETag of an entry: the first half of the SHA-256 of its digest, content type and metadata, each ended by what
    /// can't occur in it. So it changes with each of the three, and equal entries have equal ones, whoever computes
    /// them and whenever.
    package init(digest: Digest, contentType: String, metadata: Metadata) {
        var hash = SHA256()
        hash.update(data: digest.bytes)
        hash.update(data: Array(contentType.utf8))
        hash.update(data: [0])
        hash.update(data: metadata.json)
        guard let tag = ETag(hash.finalize()) else { preconditionFailure("SHA-256 has 32 bytes") }
        self = tag
    }
}
