import Hashing
import LarderModel

/// The text of an export as it is made, and what is counted of the table that it is in: rows, and SHA-256 over the
/// bytes of their lines, ends included.
struct TableTally: Sendable {
    /// What was written since the last time it was taken.
    private(set) var bytes: [UInt8] = []
    private var hash: SHA256?
    /// Of ``bytes``, those that were hashed, or are of no table.
    private var settled = 0
    private var rows: Int64 = 0
    /// What was counted, by table, in the order of the tables.
    private(set) var tables: [(table: PortableTable, rows: Int64, sha256: String)] = []

    /// Adds bytes that are of the table, when one was begun.
    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }
    mutating func append(_ byte: UInt8) { bytes.append(byte) }
    /// Lets a writer add to the bytes.
    mutating func with(_ write: (inout [UInt8]) -> Void) { write(&bytes) }
    mutating func countRow() { rows += 1 }

    /// What comes now are lines of a table.
    mutating func begin() {
        settled = bytes.count
        rows = 0
        hash = SHA256()
    }

    /// The table is over.
    mutating func end(_ table: PortableTable) {
        settle()
        if let hash { tables.append((table, rows, hash.finalize().hex)) }
        hash = nil
    }

    private mutating func settle() {
        guard hash != nil else { return }
        bytes.withUnsafeBytes { hash?.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[settled...])) }
        settled = bytes.count
    }

    mutating func take() -> [UInt8] {
        settle()
        defer {
            bytes.removeAll(keepingCapacity: true)
            settled = 0
        }
        return bytes
    }
}
