import GRDB
import LarderModel

/// SQLite's failures in Larder's words.
enum IndexFailure {
    static func larderError(_ error: any Error) -> LarderError {
        if let error = error as? LarderError { return error }
        guard let error = error as? DatabaseError else { return .wrapping(error) }
        switch error.resultCode {
        case .SQLITE_FULL:
            return LarderError(
                .diskFull, "The server's disk is full; nothing was written. Make room and try again.", cause: "\(error)"
            )
        case .SQLITE_IOERR where [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(error.extendedResultCode):
            return readOnly(cause: "\(error)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return LarderError(
                .corruptEntry, "The server's index is damaged here; its log says where.", cause: "\(error)")
        default: return .wrapping(error)
        }
    }

    static func readOnly(cause: String) -> LarderError {
        LarderError(
            .readOnly, "The server's disk failed to keep a write, so it takes none until it is restarted; reads go on.",
            cause: cause)
    }
}
