/// Whether an object is anybody's content.
enum ObjectState: Int {
    /// Entries name it, or may come to name it again.
    case living = 0
    /// Nothing names it, and it is being taken away: what its row says may be gone already. A put of the same content
    /// makes the row its own.
    case removing = 1
}
