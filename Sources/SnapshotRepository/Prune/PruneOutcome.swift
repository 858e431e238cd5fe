/// What a prune did.
package struct PruneOutcome: Sendable, Equatable {
    /// Files of large contents that were removed.
    package var objects = 0
    /// Packs that were removed, and that were written again with less in them.
    package var packs = 0
    package var rewritten = 0
    /// Files that writers never finished.
    package var remains = 0
    /// Bytes that the repository takes less.
    package var bytesFreed: Int64 = 0
    /// Packs that can't be read, and were left alone.
    package var damaged: [String] = []

    package init() {}
}
