import LarderModel

extension SQLFailure {
    /// The same in Larder's words.
    var larderError: LarderError {
        switch kind {
        case .full:
            LarderError(
                .diskFull, "The server's disk is full; nothing was written. Make room and try again.",
                cause: description)
        case .syncFailed: Self.readOnly(cause: description)
        case .damaged:
            LarderError(.corruptEntry, "The server's index is damaged here; its log says where.", cause: description)
        case .newer:
            LarderError(
                .internalError, "the data directory was written by a newer larder; use that one, or another directory",
                cause: description)
        case .incomplete:
            LarderError(
                .internalError,
                "\(description); put the whole index back from a backup, "
                    + "or move what is left of it and objects/ away to begin anew"
            )
        case .away, .undone, .crowded:
            LarderError(
                .unavailable, "The server can't reach its database; nothing happened. Try again in a moment.",
                cause: description)
        case .outcomeUnknown:
            LarderError(
                .outcomeUnknown,
                "The server lost its database while this was being committed: it may have happened or not. "
                    + "Look before you repeat it.", cause: description)
        case .unfit: LarderError(.internalError, description)
        case .constraint, .other: .wrapping(self)
        }
    }

    /// An error as callers of the index hear it.
    static func reported(_ error: any Error) -> any Error { (error as? SQLFailure)?.larderError ?? error }

    static func readOnly(cause: String) -> LarderError {
        LarderError(
            .readOnly, "The server's disk failed to keep a write, so it takes none until it is restarted; reads go on.",
            cause: cause)
    }
}
