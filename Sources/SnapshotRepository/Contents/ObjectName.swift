import LarderModel

/// What the file of a large content is called: `objects/ab/ab34….gz`, by its digest and form; in an encrypted
/// repository by an HMAC of both, `objects/5f/5f0c….bin`.
struct ObjectName {
    static let folder = "objects/"
    private static let gzip = ".gz", plain = ".bin"

    let name: ContentName

    init(_ digest: Digest, _ encoding: Encoding, _ key: RepositoryKey?) {
        let plain = ContentName(digest, encoding)
        let hidden = key.flatMap { ContentName($0.hidden(digest.bytes + [UInt8(encoding.rawValue)]), .identity) }
        name = hidden ?? plain
    }

    /// nil: no content's file is called so.
    init?(path: String) {
        let parts = path.split(separator: "/")
        guard parts.count == 3, let dot = parts[2].firstIndex(of: "."),
            let bytes = [UInt8](hex: parts[2][..<dot]),
            let name = ContentName(bytes, parts[2][dot...] == Self.gzip ? .gzip : .identity)
        else { return nil }
        self.name = name
        guard self.path == path else { return nil }
    }

    var path: String {
        let hex = name.bytes.hex
        return "\(Self.folder)\(hex.prefix(2))/\(hex)\(name.encoding == .gzip ? Self.gzip : Self.plain)"
    }
}
