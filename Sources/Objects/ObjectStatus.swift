/// What a backend knows of an object without reading it.
package struct ObjectStatus: Sendable {
    /// Bytes as kept.
    package let size: Int64
    /// How long it has been as it is, by the clock of the machine that keeps it.
    package let age: Duration

    package init(size: Int64, age: Duration) {
        self.size = size
        self.age = age
    }
}
