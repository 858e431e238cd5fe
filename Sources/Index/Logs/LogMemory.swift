/// What a whole-array write is compared with: fingerprints of events in a row, ending with the log's last one.
package struct LogMemory: Sendable {
    package let fingerprints: [Fingerprint]
    /// How many of them, at the end, belong to events that are kept.
    package let keptCount: Int
    /// How many events in front of them the log has had and forgotten altogether.
    package let forgotten: Int

    package init(fingerprints: [Fingerprint], keptCount: Int, forgotten: Int) {
        self.fingerprints = fingerprints
        self.keptCount = keptCount
        self.forgotten = forgotten
    }
}
