/// What stores are exported in for other programs.
public enum PortableFormat: String, Sendable, CaseIterable {
    /// JSON lines, which ``LarderClient`` reads back.
    case jsonl
    /// A script for PostgreSQL's psql.
    case sql

    /// How the last line of a whole export begins.
    var lastLine: String { self == .sql ? "-- end, damaged: " : #"{"kind":"end","damaged":"# }
}

/// What came of an export.
public struct PortableOutcome: Sendable, Codable, Equatable {
    /// Bytes of the text.
    public var bytes: Int64
    /// Contents that could not be read on the server, and so are not in it.
    public var damaged: Int
}
