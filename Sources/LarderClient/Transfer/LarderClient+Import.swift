import Foundation
import LarderModel
import NIOCore
import Synchronization

import Hashing

extension LarderClient {
    /// Brings files of this machine into stores. What is there already is passed over, so that one that was broken off
    /// can be begun again. A file's own time goes into the metadata field `modified`; how long an entry is kept, the
    /// server's time of the import decides.
    /// - Parameters:
    ///   - paths: files; folders, whose files get their path below the folder as keys; exported folders; the vendor
    ///     emulator's local store folder.
    ///   - store: the store; nil: only for an emulator's folder, whose stores are then all imported under their names.
    ///   - prefix: put in front of every key.
    ///   - dryRun: whether to look only.
    ///   - width: files at once.
    ///   - guess: the media type that a key stands for; nil: bytes.
    ///   - report: called often, from any thread.
    /// - Returns: what was done, single failures included.
    /// - Throws: ``LarderClientError`` when nothing can be imported at all: `notFound`, `fileError`, `unreachable`,
    ///   `forbidden` and others.
    public func importFiles(
        _ paths: [String], into store: String?, prefix: String = "", dryRun: Bool = false, width: Int = 48,
        guess: @escaping @Sendable (String) -> String? = { _ in nil },
        reporting report: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws -> TransferOutcome {
        var outcome = TransferOutcome()
        var items: [ImportItem] = []
        for path in paths {
            let found = try await ImportSource(store: store, prefix: prefix).find(path)
            items += found.items
            outcome.add(found.outcome)
        }
        var known: [Identifier: KnownEntries] = [:]
        for name in Set(items.map { Identifier($0.store) }) {
            known[name] = try await KnownEntries.read(self.store(name.text), prefix: prefix)
        }
        let run = ImportRun(client: self, known: known, dryRun: dryRun, guess: guess)
        let shared = Mutex(outcome)
        let total = Int64(items.count)
        try await forEachAtOnce(items, width: width) { item in
            do {
                let isNew = try await run.bring(item)
                shared.withLock {
                    if isNew { $0.transferred += 1 } else { $0.skipped += 1 }
                    if isNew { $0.bytes += item.file.size }
                }
            } catch let error as LarderClientError where !error.endsTransfer {
                shared.withLock { $0.fail(item.file.path, error) }
            }
            let now = shared.withLock { $0 }
            report?(TransferProgress(done: now.transferred + now.skipped + now.failed, total: total, bytes: now.bytes))
        }
        return shared.withLock { $0 }
    }
}

/// What a store holds under a prefix before an import: one list instead of a question for each file.
struct KnownEntries: Sendable {
    private var entries: [[UInt8]: Known] = [:]
    /// Whether the store holds more than is kept in memory: then each file is asked about.
    private(set) var isPartial = false

    /// Entries kept in memory, some 300 bytes each.
    private static let max = 500_000

    struct Known: Sendable {
        let size: Int64
        let sha256: String
        let contentType: String
        let metadata: EntryMetadata
    }

    static func read(_ store: Store, prefix: String) async throws -> KnownEntries {
        var known = KnownEntries()
        for try await page in store.list(prefix: prefix).pages {
            for entry in page.entries { known.entries[Array(entry.key.utf8)] = Known(entry) }
            if known.entries.count >= max {
                known.isPartial = true
                break
            }
        }
        return known
    }

    subscript(key: String) -> Known? { entries[Array(key.utf8)] }
}

extension KnownEntries.Known {
    init(_ entry: Entry) {
        self.init(size: entry.size, sha256: entry.sha256, contentType: entry.contentType, metadata: entry.metadata)
    }
}

/// Carries files over, one at a time and many at once.
private struct ImportRun: Sendable {
    let client: LarderClient
    let known: [Identifier: KnownEntries]
    let dryRun: Bool
    let guess: @Sendable (String) -> String?

    /// A file up to this size is read in one go.
    private static let smallMax: Int64 = 256 << 10

    /// - Returns: false when the entry is there already.
    func bring(_ item: ImportItem) async throws -> Bool {
        if try await isThere(item) { return false }
        guard !dryRun else { return true }
        let body: UploadBody =
            item.file.size <= Self.smallMax
            ? .bytes(try await OpenFile.whole(item.file.path, upTo: Int(Self.smallMax))) : .file(item.file.path)
        try await client.store(item.store).upload(
            item.key, body, contentType: contentType(item), metadata: item.metadata,
            ttl: item.expiresAt.map { Self.lifetime($0) })
        return true
    }

    private func contentType(_ item: ImportItem) -> String {
        item.contentType ?? guess(item.key) ?? MediaType.octetStream
    }

    private static func lifetime(_ expiry: Date) -> Duration {
        .seconds(max(1, expiry.timeIntervalSince1970 - Double(WallClock.system.now().milliseconds) / 1_000))
    }

    private func isThere(_ item: ImportItem) async throws -> Bool {
        guard let known = try await entry(item), known.size == item.file.size, !known.sha256.isEmpty else {
            return false
        }
        if item.isExact,
            !known.contentType.utf8.elementsEqual(contentType(item).utf8)
                || known.metadata != item.metadata
        {
            return false
        }
        return try await OpenFile.sha256(item.file.path) == known.sha256
    }

    private func entry(_ item: ImportItem) async throws -> KnownEntries.Known? {
        guard let known = known[Identifier(item.store)] else { return nil }
        if let entry = known[item.key] { return entry }
        guard known.isPartial else { return nil }
        do { return .init(try await client.store(item.store).stat(item.key)) } catch let error as LarderClientError
            where error.code == .notFound
        {
            return nil
        }
    }
}

extension LarderClientError {
    /// Whether the next file would meet it, too.
    package var endsTransfer: Bool {
        [.unreachable, .unauthorized, .forbidden, .diskFull, .readOnly, .connectionLost, .timedOut].contains(code)
    }
}

/// Runs something for each item, at most `width` at once; the first error that it throws ends it.
package func forEachAtOnce<Item: Sendable>(
    _ items: [Item], width: Int, _ body: @escaping @Sendable (Item) async throws -> Void
)
    async throws
{
    try await withThrowingTaskGroup(of: Void.self) { group in
        var begun = 0
        for item in items {
            if begun >= width { try await group.next() }
            group.addTask { try await body(item) }
            begun += 1
        }
        try await group.waitForAll()
    }
}
