import GRDB
import Index

extension SQLFailure {
    init(_ error: DatabaseError) {
        let kind: Kind =
            switch error.resultCode {
            case .SQLITE_FULL: .full
            case .SQLITE_IOERR
            where [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(error.extendedResultCode):
                .syncFailed
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged
            case .SQLITE_CONSTRAINT: .constraint
            default: .other
            }
        self.init(kind, "\(error)")
    }

    /// GRDB's error as the seam has it; any other as it is.
    static func translated(_ error: any Error) -> any Error { (error as? DatabaseError).map(SQLFailure.init) ?? error }

    /// Runs `body`, which may call GRDB.
    static func translating<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch { throw translated(error) }
    }
}
