/// What is wrong with an object.
package enum ObjectDamage: String, Sendable, Codable {
    /// Its content is not what its name says.
    case corrupt
    /// Its file is not there.
    case missing
    /// The disk can't read it.
    case unreadable
}
