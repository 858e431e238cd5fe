import LarderModel

/// How an export is written. Each table is begun, its rows are added, and it is ended; large content comes piece by
/// piece.
protocol PortableText: Sendable {
    var tally: TableTally { get set }
    /// Whether content stands in a table of its own, once each, in front of the entries; else with each entry.
    var hasObjects: Bool { get }

    mutating func open(_ site: SiteID, at: Timestamp)
    mutating func begin(_ table: PortableTable)
    mutating func add(_ store: PortableStore)
    /// - Parameters:
    ///   - content: nil: it follows, or there is none here.
    ///   - isDamaged: whether it has content that can't be read, and so is not in the export.
    mutating func add(_ entry: PortableEntry, content: [UInt8]?, isDamaged: Bool)
    mutating func add(_ log: PortableLog)
    mutating func add(_ event: PortableEvent)

    /// Large content, or where it stands in a table of its own any.
    mutating func openContent(_ digest: Digest, size: Int64)
    mutating func addContent(_ piece: [UInt8])
    mutating func closeContent()

    mutating func end(_ table: PortableTable)
    /// - Parameters:
    ///   - damaged: contents that could not be read, and so are not in it.
    ///   - lacking: entries that name them.
    mutating func close(damaged: Int, lacking: Int64)
}
