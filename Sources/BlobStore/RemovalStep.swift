package import Index

/// What one step of removing objects without a reference has done.
package struct RemovalStep: Sendable {
    /// Those that went.
    package let removed: [UnreferencedObject]
    /// What the next step has to remove; none: nothing is left.
    package let marked: [UnreferencedObject]
    /// Whether nothing could be marked, for a snapshot is being made.
    package let isHeld: Bool
    /// How long it held the writer, commit included.
    package let held: Duration
}
