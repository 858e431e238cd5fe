import Index
import LarderModel

/// The tables of an export, in the order in which they stand.
enum PortableTable: String, CaseIterable, Sendable {
    case stores, objects, entries, logs
    case events = "log_events"
}

/// A store of an export. Times are milliseconds since 1970.
struct PortableStore: Sendable, Equatable {
    var name: [UInt8]
    var createdAt: Int64
}

/// An entry of an export, without its content.
struct PortableEntry: Sendable, Equatable {
    var store: [UInt8]
    var key: [UInt8]
    var contentType: String
    var etag: ETag
    /// nil: it shows a log.
    var digest: Digest?
    /// Bytes of the plain content.
    var size: Int64
    /// JSON text; empty: none.
    var metadata: [UInt8]
    var createdAt, modifiedAt: Int64
    /// nil: never.
    var expiresAt: Int64?
    /// By how many milliseconds a write puts that off; nil: nothing does.
    var ttl: Int64?
}

/// A log of an export, whose entry stands among the entries.
struct PortableLog: Sendable, Equatable {
    /// Counted from 1, in this export.
    var id: Int64
    var store: [UInt8]
    var key: [UInt8]
    /// Sequence numbers: where it began, of the first event kept, of the last one ever appended.
    var begin, first, last: Int64
    /// Events that the cap has removed.
    var dropped: Int64
    var state: RunState
    var startedAt, updatedAt: Int64
    var progress: Double?
    var message: String?
    /// The hash over all events so far, which its ETag is made from.
    var chain: [UInt8]
}

/// An event of a log.
struct PortableEvent: Sendable, Equatable {
    /// The number of its log in this export.
    var log: Int64
    var sequence: Int64
    var receivedAt: Int64
    /// When it happened, where it says so.
    var at: Int64?
    /// A JSON object on one line.
    var json: [UInt8]
}

/// Reads rows of a table by the names of their columns.
struct PortableColumns: Sendable {
    let table: SchemaTable

    func bytes(_ row: CopiedRow, _ name: String) -> [UInt8]? {
        if let index = table.index(of: name), case .bytes(let bytes) = row.values[index] { bytes } else { nil }
    }

    func integer(_ row: CopiedRow, _ name: String) -> Int64? {
        if let index = table.index(of: name), case .integer(let number) = row.values[index] { number } else { nil }
    }

    func real(_ row: CopiedRow, _ name: String) -> Double? {
        if let index = table.index(of: name), case .real(let number) = row.values[index] { number } else { nil }
    }

    /// - Throws: `LarderError` where it must have a value and has none.
    func needed<V>(_ value: V?, _ name: String) throws(LarderError) -> V {
        guard let value else {
            throw LarderError(
                .internalError, "Something failed inside the server; its log says what.",
                cause: "the index is damaged: \(table.name).\(name) holds nothing of use")
        }
        return value
    }
}
