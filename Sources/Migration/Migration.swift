package import BlobStore
import Index
import LarderModel

/// Copies an installation that nobody serves: from SQLite to a database and back, and large content from files into a
/// bucket and back. One that is broken off goes on where it was, for what was copied is safe and says how far it is.
///
/// The order: the target is marked as unfinished; rows are copied table by table in the order of their keys, and the
/// content that a row names before it; everything is read again and compared; the mark goes.
package struct Migration: Sendable {
    let source: MigrationSide
    let target: MigrationSide
    let report: @Sendable (MigrationProgress) -> Void

    /// - Parameters:
    ///   - spareDirectory: a data directory where uploads may be spooled, when neither side has one.
    ///   - local: the engines of a data directory.
    ///   - report: called often.
    /// - Throws: `LarderError`: its message is the one line to show.
    package static func run(
        from source: MigrationSource, to target: MigrationTarget, spareDirectory: String, local: Engines,
        report: @escaping @Sendable (MigrationProgress) -> Void
    ) async throws -> MigrationResult {
        let opening = MigrationOpening(source: source, target: target, spareDirectory: spareDirectory, local: local)
        let (sides, isResumed) = try await opening.open()
        do {
            let migration = Migration(source: sides.source, target: sides.target, report: report)
            var result = try await migration.run()
            result.isResumed = isResumed
            await opening.close(sides)
            return result
        } catch {
            await opening.close(sides)
            throw resumable(error)
        }
    }

    /// What may pass says that it goes on.
    private static func resumable(_ error: any Error) -> any Error {
        guard let error = error as? LarderError, [.diskFull, .unavailable].contains(error.code) else { return error }
        return LarderError(
            error.code, "\(error.message) Start the same command again later: it goes on where it was.",
            cause: error.cause)
    }

    private func run() async throws -> MigrationResult {
        let total = try await source.inIndex { try $0.estimatedRowCount() }
        try await MigrationCopy(source: source, target: target, report: report).run(total: total)
        let secrets = try await source.secrets()
        try await target.keep(secrets)
        let result = try await MigrationCheck(source: source, target: target, report: report).run(total: total)
        try await checkSecrets(secrets)
        try await finish()
        return result
    }

    private func checkSecrets(_ secrets: [IndexFact: String]) async throws {
        guard try await target.secrets() == secrets else {
            throw LarderError(.internalError, "the secrets in the target are not those of the source")
        }
    }

    /// Numbers go on behind the source's, and the target is whole.
    private func finish() async throws {
        let numbers = try await source.inIndex { try $0.numbers() }
        let facts = try await source.inIndex { try $0.facts() }
        // Each index has its own of these; what else is noted goes over. It is the same Larder.
        let own = Set(IndexFact.allCases.filter { $0 != .larder }.map(\.rawValue))
        try await target.finish(numbers, facts.filter { !own.contains($0.key) })
    }
}
