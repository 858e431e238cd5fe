import LarderModel

/// Names of stored objects, as backends give them to files and keys: `ab34…`, `ab34….gz` and, with a place of its own,
/// that behind it, as in `ab34….gz.5f0c…`.
extension ObjectLocator {
    /// Bytes of a place.
    package static let placeCount = 16

    /// A place that no object has.
    package static func newPlace() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<placeCount).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    package var name: String { place.isEmpty ? text : "\(text).\(place.hex)" }

    /// - Parameter name: the last part of a path; nil when no object is called so.
    package init?(name: some StringProtocol) {
        var object = name[...]
        var place: [UInt8] = []
        if let dot = name.lastIndex(of: "."), let found = [UInt8](hex: name[name.index(after: dot)...]),
            found.count == Self.placeCount
        {
            place = found
            object = name[..<dot]
        }
        let isGzip = object.hasSuffix(".gz")
        guard let digest = Digest(hex: isGzip ? object.dropLast(3) : object) else { return nil }
        self.init(digest, isGzip ? .gzip : .identity, place: place)
        guard self.name == name else { return nil }
    }
}
