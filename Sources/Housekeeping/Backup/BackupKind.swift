import LarderModel

extension JobKind {
    /// Makes a snapshot.
    static let backup = JobKind(
        JobRecord.snapshotKind, title: { _ in "Backup" }, JobRequest.backup, read: { try BackupRequest(reading: $0) })

    /// Looks whether a snapshot can be restored.
    static let backupVerify = JobKind(
        "backup-verify", title: { "Verification of the backup \($0.id)" }, JobRequest.backupVerify,
        read: { try BackupVerifyRequest(reading: $0) })
}

extension JobRequest {
    package static func backup(_ wanted: BackupRequest) -> JobRequest {
        JobRequest(.backup, wanted) { _, place in BackupWork(wanted, place) }
    }

    package static func backupVerify(_ wanted: BackupVerifyRequest) -> JobRequest {
        JobRequest(.backupVerify, wanted) { _, place in BackupVerifyWork(wanted, place) }
    }
}

extension BackupRequest {
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`.
    init(reading order: JobOrder) throws {
        let fields = try order.fields(known: ["to", "stores", "secrets"])
        let stores = try fields.strings("stores")
        for pattern in stores ?? [] {
            do { _ = try Glob(pattern).forStores() } catch {
                throw LarderError(.malformedRequest, "stores: \(error.message).")
            }
        }
        guard stores?.isEmpty != true else {
            throw LarderError(.malformedRequest, "stores names no store; leave it out for all of them.")
        }
        self.init(
            to: try fields.string("to"), stores: stores, site: order.site?.text,
            secrets: try fields.bool("secrets") ?? false)
    }
}

extension BackupVerifyRequest {
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`.
    init(reading order: JobOrder) throws {
        let fields = try order.fields(known: ["id", "to", "readAll"])
        guard let id = try fields.string("id"), !id.isEmpty else {
            throw LarderError(.malformedRequest, "id says which snapshot: its ID, or latest.")
        }
        self.init(id: id, to: try fields.string("to"), readAll: try fields.bool("readAll") ?? false)
    }
}
