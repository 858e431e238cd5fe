extension LarderClient {
    /// Makes a store hold what a folder holds, as ``importFiles(_:into:prefix:dryRun:width:guess:reporting:)`` does.
    /// - Parameters:
    ///   - folder: its files get their path below it as keys.
    ///   - store: the store.
    ///   - prefix: put in front of every key; entries without it are left alone.
    ///   - isMirror: whether entries for which the folder has no file are removed, once all files are there. None is
    ///     when a file failed.
    ///   - dryRun: whether to look only.
    ///   - width: files at once.
    ///   - guess: the media type that a key stands for; nil: bytes.
    ///   - report: called often, from any thread.
    /// - Throws: ``LarderClientError``: `notFound` when there is no such folder, `fileError` when it is none, and
    ///   others.
    public func syncFolder(
        _ folder: String, to store: String, prefix: String = "", isMirror: Bool = false, dryRun: Bool = false,
        width: Int = 48, guess: @escaping @Sendable (String) -> String? = { _ in nil },
        reporting report: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws -> TransferOutcome {
        guard case .folder = try await LocalTree.kind(folder) else {
            throw LarderClientError(.fileError, "\(folder) is no folder.")
        }
        let found = try await ImportSource(store: store, prefix: prefix).find(folder)
        var outcome = try await importFiles(
            [folder], into: store, prefix: prefix, dryRun: dryRun, width: width, guess: guess, reporting: report)
        guard isMirror, outcome.failed == 0 else { return outcome }
        let wanted = Set(found.items.map { Array($0.key.utf8) })
        for try await page in self.store(store).list(prefix: prefix).pages {
            for entry in page.entries where !wanted.contains(Array(entry.key.utf8)) {
                if !dryRun { try await remove(entry, from: store) }
                outcome.removed += 1
            }
        }
        return outcome
    }

    /// Removes an entry as it was listed; one that was written again meanwhile, or is gone, is left as it is.
    private func remove(_ entry: Entry, from store: String) async throws {
        do {
            try await self.store(store).delete(entry.key, ifMatch: entry.etag)
        } catch let error as LarderClientError where [.preconditionFailed, .notFound].contains(error.code) {
            return
        }
    }
}
