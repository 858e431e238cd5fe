/// The index holds something that no version of Larder writes.
struct IndexDamage: Error, CustomStringConvertible {
    let what: String
    var description: String { "the index is damaged: \(what)" }
}
