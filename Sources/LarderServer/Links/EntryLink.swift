import Access
import LarderHTTP
import LarderModel

/// A link to one entry, for whoever has it (contract §4.5).
enum EntryLink {
    /// Links to read lead to the public path.
    case read(EntryName)
    /// Links to write lead to the Netlify client's path, and may say how many bytes are taken; nil: what the store's
    /// rule allows.
    case write(EntryName, maxSize: ByteCount?)
    /// The same path to read, as the Netlify client wants it.
    case readNetlify(EntryName)

    /// The whole URL, as the origin that the client used has it.
    func url(_ call: Call, lifetime: Duration = URLSigner.apiLifetime) -> String {
        let (path, fields) = signed
        return call.request.origin + path + "?"
            + call.server.signer.query(path: path, fields: fields, lifetime: lifetime)
    }

    /// The path, and the fields that the signature covers.
    private var signed: (path: String, fields: String) {
        switch self {
        case .read(let name):
            let store = PercentCoding.encode(name.store.bytes, keeping: "")
            return (
                "/.netlify/blobs/\(store)/\(NetlifyPath.encoded(name.key))",
                name.site == .default ? "" : "site=\(name.site)"
            )
        case .readNetlify(let name): return (NetlifyPath.encoded(name), "")
        case .write(let name, let maxSize):
            return (NetlifyPath.encoded(name), "method=PUT" + (maxSize.map { "&maxSize=\($0.bytes)" } ?? ""))
        }
    }

    /// The bytes that a link to write lets in, as requests say it.
    /// - Parameter text: a size such as `10MB`, or a number of bytes; nil: what the store's rule allows.
    /// - Throws: `LarderError` `.malformedRequest`.
    static func maxSize(_ text: String?) throws(LarderError) -> ByteCount? {
        guard let text else { return nil }
        guard let size = ByteCount(parsing: text) else {
            throw LarderError(
                .malformedRequest, "maxSize is a size such as 10MB, or a number of bytes; got '\(text.prefix(40))'.")
        }
        return size
    }
}
