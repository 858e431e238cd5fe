/// The kinds of long work.
package enum JobKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// Removes what its rule or its TTL keeps no longer.
    case cleanup
    /// Removes objects that nothing refers to, and gives room back to the disk.
    case collect
    /// Reads every object and compares it with its name.
    case verify
    /// The same, spread over a month, by itself.
    case scrub
}
