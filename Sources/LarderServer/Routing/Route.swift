import LarderHTTP
import LarderModel

/// A part of a path as on the wire, percent-encoded: keys are opaque bytes, so nothing is decoded before it is known to
/// be one.
typealias PathPart = Substring.UTF8View

/// The paths of a face that begin with the same segments.
struct Route: Sendable {
    /// Whole segments as on the wire, without a slash at the end: `/v1/progress`. Empty: every path. Of the routes that
    /// fit a path, the one with the longest prefix takes it, whatever it then names.
    let prefix: String
    /// What may say who asks, in this order.
    let credentials: [Credential]
    /// Whose pages may read the answers.
    let crossOrigin: CrossOrigin
    /// What a path names, found from the request's head alone, on the event loop.
    ///
    /// The path is what follows the prefix and its slash; nil when there is no slash. The result is nil when the path
    /// names nothing. Throws `LarderError` `.invalidKey` and its kin for names that can't be.
    let resource: @Sendable (PathPart?, RequestHead) throws(LarderError) -> Resource?

    init(
        _ prefix: String, credentials: [Credential], crossOrigin: CrossOrigin = .none,
        resource: @escaping @Sendable (PathPart?, RequestHead) throws(LarderError) -> Resource?
    ) {
        self.prefix = prefix
        self.credentials = credentials
        self.crossOrigin = crossOrigin
        self.resource = resource
    }

    /// A path that names one thing, and none below it.
    init(_ path: String, credentials: [Credential], crossOrigin: CrossOrigin = .none, _ kind: ResourceKind<Void>) {
        self.init(path, credentials: credentials, crossOrigin: crossOrigin) { rest, _ in
            rest == nil ? Resource((), kind) : nil
        }
    }
}

extension PathPart {
    /// The part before the first slash, and what follows it; nil when there is no slash.
    func cut() -> (head: PathPart, tail: PathPart?) {
        guard let slash = firstIndex(of: UInt8(ascii: "/")) else { return (self, nil) }
        return (self[..<slash], self[index(after: slash)...])
    }

    /// Whether it is this word, byte for byte.
    func isWord(_ word: String) -> Bool { elementsEqual(word.utf8) }
}
