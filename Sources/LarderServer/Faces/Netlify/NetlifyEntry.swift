import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// One entry as the `@netlify/blobs` client sends and reads it.
enum NetlifyEntry {
    /// The edge paths' metadata field; the API paths have the other one.
    static let edgeMetadataField = "x-amz-meta-user"
    static let apiMetadataField = "netlify-blobs-metadata"

    static func addFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        if !entry.metadata.isEmpty { headers.add(name: edgeMetadataField, value: entry.metadata.netlifyHeader) }
    }

    static func addAPIFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        if !entry.metadata.isEmpty { headers.add(name: apiMetadataField, value: entry.metadata.netlifyHeader) }
    }

    static func writeRequest(_ request: RequestHead, _ name: EntryName) throws(LarderError) -> WriteRequest {
        let metadata = try (request.field(edgeMetadataField) ?? request.field(apiMetadataField)).map {
            text throws(LarderError) in
            try Metadata(netlifyHeader: text)
        }
        return WriteRequest(
            name: name, contentType: request.field("content-type"), metadata: metadata ?? .none,
            conditions: try request.preconditions(),
            declaredSize: request.contentLength)
    }

    /// Exactly 200, with or without an entry before: the client takes anything else for a failure.
    static func writeAnswer(_ result: WriteResult) -> Answer {
        Answer(.ok, headers: ["etag": result.entry.etag.quoted], body: .none(length: 0))
    }
}
