/// When an entry is to go by itself.
package enum Expiry: Sendable {
    case never
    /// Counted from the server's time of the write.
    case after(Duration)
    case at(Timestamp)
}
