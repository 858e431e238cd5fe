/// What an engine or one of its sessions can't do.
package struct SQLFailure: Error, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The disk is full; nothing of the statement happened.
        case full
        /// The disk failed to keep something: what the engine believes to be safe may not be.
        case syncFailed
        /// What is there is no index, or a damaged one.
        case damaged
        /// A rule of a table forbids it, such as a key that is there already.
        case constraint
        /// The index has migrations that this larder doesn't know.
        case newer
        /// A part of the index is there and another is missing; the description says which, for who starts the server.
        case incomplete
        case other
    }

    package let kind: Kind
    /// The engine's own words, for the log.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
