/// Why an entry goes.
package enum RemovalCause: String, Sendable, Hashable, Codable {
    /// Its rule's `keep`, or an admin's `olderThan`, has passed since its last change.
    case age
    /// Its TTL has passed.
    case ttl
}
