import LarderModel

extension Metadata {
    /// Whether answers carry it in a field of their head: that of a log may be too long for that.
    var fitsHeader: Bool { json.count <= Self.maxBytes }
    /// The field that stands in for it then: `x-larder-metadata-omitted: true`.
    static let omittedField = "x-larder-metadata-omitted"
}
