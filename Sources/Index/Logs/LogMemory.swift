/// What a whole-array write is compared with: fingerprints of events in a row, ending with the log's last one.
package struct LogMemory: Sendable {
    package let fingerprints: [Fingerprint]
    /// How many of them, at the end, belong to events that are kept, or were forgotten among those.
    package let keptCount: Int
    /// How many events in front of them the log has had and forgotten altogether.
    package let forgotten: Int
    /// Places of events among the kept ones that were forgotten: a client may have read them, or not.
    package let holes: Set<Int>

    package init(fingerprints: [Fingerprint], keptCount: Int, forgotten: Int, holes: Set<Int> = []) {
        self.fingerprints = fingerprints
        self.keptCount = keptCount
        self.forgotten = forgotten
        self.holes = holes
    }
}
