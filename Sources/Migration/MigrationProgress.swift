/// How far a migration is.
package struct MigrationProgress: Sendable {
    package enum Phase: Sendable, Hashable {
        case copying
        /// Everything is read again, on both sides.
        case checking
    }
    package var phase: Phase
    /// Rows.
    package var done: Int64 = 0
    /// About; 0: unknown.
    package var total: Int64 = 0
    /// Of rows and large content.
    package var bytes: Int64 = 0
}

/// What a migration came to.
package struct MigrationResult: Sendable {
    /// Whether it went on where one that was broken off had ended.
    package var isResumed = false
    /// Rows by their tables, compared one by one.
    package var rows: [String: Int64] = [:]
    /// Objects outside of the index, each read back and hashed; and their bytes as kept.
    package var objects: Int64 = 0
    package var objectBytes: Int64 = 0
    /// Objects whose content was damaged or missing in the source already, and is missing in the target: digests in
    /// hexadecimal.
    package var damaged: [String] = []

    package var rowCount: Int64 { rows.values.reduce(0, +) }
}
