import Foundation
import LarderModel
import NIOCore
import Synchronization

extension LarderClient {
    /// Writes the entries of a store below a folder, so that
    /// ``importFiles(_:into:prefix:dryRun:width:guess:reporting:)`` makes the same ones again: bytes, metadata and
    /// types. What the folder has already is passed over, so that one that was broken off can be begun again.
    /// - Parameters:
    ///   - store: the store.
    ///   - prefix: only keys that start with it; it stays part of the keys.
    ///   - folder: made when it is missing.
    ///   - isPortable: whether names are encoded so that every file system holds them; else they are as they are.
    ///   - width: entries at once.
    ///   - report: called often, from any thread.
    /// - Throws: ``LarderClientError`` when nothing can be exported at all.
    public func exportStore(
        _ store: String, prefix: String = "", to folder: String, isPortable: Bool = false, width: Int = 16,
        reporting report: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws -> TransferOutcome {
        let run = try await ExportRun.begin(self.store(store), folder, isPortable: isPortable)
        let shared = Mutex(TransferOutcome())
        for try await page in self.store(store).list(prefix: prefix).pages {
            // In the order of the keys, so that `a` has its file before `a/b` wants the folder.
            var places: [(Entry, String)] = []
            for entry in page.entries {
                guard entry.keyHex == nil else {
                    let message = "A key that is no UTF-8 can't be exported."
                    shared.withLock { $0.fail(entry.key, LarderClientError(.invalidKey, message)) }
                    continue
                }
                do { places.append((entry, try await run.place(entry.key))) } catch let error as LarderClientError {
                    shared.withLock { $0.fail(entry.key, error) }
                }
            }
            try await forEachAtOnce(places, width: width) { entry, file in
                do {
                    let isNew = try await run.carry(entry, to: file)
                    shared.withLock {
                        if isNew { $0.transferred += 1 } else { $0.skipped += 1 }
                        if isNew { $0.bytes += entry.size }
                    }
                } catch let error as LarderClientError where [.notFound, .corruptEntry].contains(error.code) {
                    // Removed since it was listed, or damaged: the others are still worth having.
                    if error.code == .corruptEntry { shared.withLock { $0.fail(entry.key, error) } }
                }
                let now = shared.withLock { $0 }
                report?(TransferProgress(done: now.transferred + now.skipped + now.failed, total: 0, bytes: now.bytes))
            }
        }
        try await run.end()
        return shared.withLock { $0 }
    }
}

/// An export under way.
private struct ExportRun: Sendable {
    private let store: Store
    private let folder: String
    private let isPortable: Bool
    /// What an earlier export left here, by key.
    private let earlier: [[UInt8]: ExportManifest.Line]
    private let manifest: OpenFile
    private let state = SharedState()

    private final class SharedState: Sendable {
        /// Paths of files, from the folder: bytes, for a file system holds two spellings of `é` apart.
        let files = Mutex<Set<[UInt8]>>([])
        let folders = Mutex<Set<[UInt8]>>([])
    }

    private init(
        store: Store, folder: String, isPortable: Bool, earlier: [[UInt8]: ExportManifest.Line], manifest: OpenFile
    ) {
        self.store = store
        self.folder = folder
        self.isPortable = isPortable
        self.earlier = earlier
        self.manifest = manifest
    }

    static func begin(_ store: Store, _ folder: String, isPortable: Bool) async throws -> ExportRun {
        try await OpenFile.makeFolders(folder)
        try await OpenFile.makeFolder("\(folder)/\(ExportManifest.folder)")
        let lines =
            (try await ExportManifest.read(folder) ?? []) + (try await ExportManifest.read(folder, partly: true) ?? [])
        let part = "\(folder)/\(ExportManifest.partName)"
        // Written anew: every line of what is there already comes again, in passing.
        let manifest = try await OpenFile.anew(part + ".new")
        let run = ExportRun(
            store: store, folder: folder, isPortable: isPortable,
            earlier: Dictionary(lines.map { (Array($0.key.utf8), $0) }) { $1 },
            manifest: manifest)
        for line in run.earlier.values { try await run.write(line) }
        try await OpenFile.rename(part + ".new", to: part)
        return run
    }

    /// Where an entry goes. Keys come in their order.
    /// - Throws: ``LarderClientError`` `fileError` when a folder of it can't be made, or is a link that leads
    ///   elsewhere.
    func place(_ key: String) async throws -> String {
        var path = ""
        let segments = ExportPath.segments(key, isPortable: isPortable)
        for segment in segments.dropLast() {
            var name = path + segment
            if state.files.withLock({ $0.contains(Array(name.utf8)) }) { name += ExportPath.folderMark }
            if !state.folders.withLock({ $0.contains(Array(name.utf8)) }) {
                try await OpenFile.makeFolder("\(folder)/\(name)")
                state.folders.withLock { _ = $0.insert(Array(name.utf8)) }
            }
            path = name + "/"
        }
        path += segments.last ?? ""
        state.files.withLock { _ = $0.insert(Array(path.utf8)) }
        return path
    }

    /// - Returns: false when the folder has it already.
    func carry(_ entry: Entry, to file: String) async throws -> Bool {
        let line = ExportManifest.Line(
            key: entry.key, file: file, size: entry.size, sha256: entry.sha256, contentType: entry.contentType,
            metadata: entry.metadata,
            modifiedAt: entry.modifiedAt, expiresAt: entry.expiresAt)
        let path = "\(folder)/\(file)"
        if let old = earlier[Array(entry.key.utf8)], old.isSameContent(as: line), !line.sha256.isEmpty,
            (try? await LocalFile.size(path)) == entry.size
        {
            return false
        }
        let content = try await store.get(entry.key, verify: !entry.sha256.isEmpty)
        // As it is now, which may be newer than the list.
        var now = line
        now.size = content.entry.size
        now.sha256 = entry.sha256.isEmpty ? "" : content.entry.sha256
        now.contentType = content.entry.contentType
        now.metadata = content.entry.metadata
        now.modifiedAt = content.entry.modifiedAt
        now.expiresAt = content.entry.expiresAt
        let target = try await OpenFile.anew(path + ExportPath.partMark)
        for try await chunk in content.body { try await target.write(chunk) }
        try await target.setModified(now.modifiedAt.timeIntervalSince1970)
        try await OpenFile.rename(path + ExportPath.partMark, to: path)
        try await write(now)
        return true
    }

    private func write(_ line: ExportManifest.Line) async throws {
        var bytes = try ClientJSON.encode(line)
        bytes.append(UInt8(ascii: "\n"))
        try await manifest.write(ByteBuffer(bytes: bytes))
    }

    /// The last line of each key counts; those of entries that are gone go, with nothing said of their files.
    func end() async throws {
        try await manifest.synchronize()
        let lines = try await ExportManifest.read(folder, partly: true) ?? []
        let files = state.files.withLock { $0 }
        var last: [[UInt8]: ExportManifest.Line] = [:]
        for line in lines where files.contains(Array(line.file.utf8)) { last[Array(line.key.utf8)] = line }
        let target = try await OpenFile.anew("\(folder)/\(ExportManifest.name).new")
        var bytes = ByteBuffer()
        for line in last.values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            bytes.writeBytes(try ClientJSON.encode(line))
            bytes.writeString("\n")
            if bytes.readableBytes > 256 << 10 {
                try await target.write(bytes)
                bytes.clear()
            }
        }
        try await target.write(bytes)
        try await target.synchronize()
        try await OpenFile.rename("\(folder)/\(ExportManifest.name).new", to: "\(folder)/\(ExportManifest.name)")
        try await OpenFile.remove("\(folder)/\(ExportManifest.partName)")
    }
}
