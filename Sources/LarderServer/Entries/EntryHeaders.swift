import LarderHTTP
import LarderModel
import NIOHTTP1

/// Header fields that describe an entry, on whichever face.
enum EntryHeaders {
    /// Fields of every answer that stands for an entry's content (contract §4.5): nothing uploaded may run in a browser
    /// as ours.
    static func add(_ entry: Entry, to headers: inout HTTPHeaders) {
        headers.add(name: "etag", value: entry.etag.quoted)
        headers.add(name: "last-modified", value: entry.modifiedAt.httpDate)
        // What is sent is judged, not what came: bytes that no field can hold could hide a part from us that a browser
        // sees.
        let contentType = ErrorTable.headerText(entry.contentType)
        headers.add(name: "content-type", value: contentType)
        headers.add(name: "accept-ranges", value: "bytes")
        headers.add(name: "x-content-type-options", value: "nosniff")
        headers.add(
            name: "content-security-policy",
            value: "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'")
        if MediaType.isRunnable(contentType) { headers.add(name: "content-disposition", value: "attachment") }
        // One ETag for both forms, so caches must know that they differ.
        if entry.encoding == .gzip { headers.add(name: "vary", value: "accept-encoding") }
    }
}
