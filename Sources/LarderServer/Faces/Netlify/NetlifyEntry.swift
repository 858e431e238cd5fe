import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// One entry as the `@netlify/blobs` client sends and reads it.
enum NetlifyEntry {
    /// `[region:R/]{site}/{store}/{key}`; a signature opens it, too.
    static let kind = ResourceKind<EntryName>(
        "entry",
        [
            .readEntry(by: edge(.read), fields: addFields),
            .writeEntry(by: edge(.write), request: writeRequest, answer: writeAnswer),
            .deleteEntry(by: edge(.write), isMissingFine: true),
        ])

    private static func edge(_ scope: Principal.Scope) -> Right<EntryName> {
        Right { (name, caller) throws(LarderError) in
            try caller.permitSigned(scope, site: name.site, store: name.store)
        }
    }

    /// The edge paths' metadata field; the API paths have the other one.
    static let edgeMetadataField = "x-amz-meta-user"
    static let apiMetadataField = "netlify-blobs-metadata"

    @Sendable static func addFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        addMetadata(entry.metadata, as: edgeMetadataField, to: &headers)
    }

    @Sendable static func addAPIFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        addMetadata(entry.metadata, as: apiMetadataField, to: &headers)
    }

    @Sendable private static func writeRequest(_ call: Call, _ name: EntryName) throws(LarderError) -> WriteRequest {
        let request = call.request
        var wanted = WriteRequest(
            name: name, contentType: try request.contentType(), conditions: request.preconditions(),
            declaredSize: request.contentLength)
        if let text = request.field(edgeMetadataField) ?? request.field(apiMetadataField) {
            wanted.metadata = try Metadata(netlifyHeader: text, maxDepth: call.server.gate.limits.jsonDepth)
        }
        return wanted
    }

    /// Exactly 200, with or without an entry before: the client takes anything else for a failure.
    @Sendable private static func writeAnswer(_ result: WriteResult) -> Answer {
        Answer(.ok, headers: ["etag": result.entry.etag.quoted], body: .none(length: 0))
    }

    private static func addMetadata(_ metadata: Metadata, as field: String, to headers: inout HTTPHeaders) {
        guard !metadata.isEmpty else { return }
        if metadata.fitsHeader {
            headers.add(name: field, value: metadata.netlifyHeader)
        } else {
            headers.add(name: Metadata.omittedField, value: "true")
        }
    }
}
