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
        /// The database can't be reached. Nothing of what was asked for happened.
        case away
        /// The engine took the transaction back, for a reason that need not be there the next time, or for a statement
        /// whose answer was not waited for. Nothing of it happened.
        case undone
        /// The transaction has to be the only one that writes, and was not begun so. Nothing of it happened.
        case crowded
        /// The connection was lost with the answer to a commit, and the database stays away: nobody knows whether the
        /// transaction happened.
        case outcomeUnknown
        /// The index can't be served from as it is set up; the description says why, for who starts the server.
        case unfit
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
