/// What `Content-Encoding` says was done to a body (RFC 9110 §8.4).
package enum ContentCoding: Sendable, Equatable {
    case none
    case gzip
    /// One that is not undone here, or several.
    case unknown(String)

    /// - Parameter field: the field's value; nil: there is none.
    package init(_ field: String?) {
        switch field?.lowercased() {
        case nil, "identity"?: self = .none
        case "gzip"?, "x-gzip"?: self = .gzip
        case let other?: self = .unknown(other)
        }
    }
}

extension RequestHead {
    package var contentCoding: ContentCoding { ContentCoding(field("content-encoding")) }
}
