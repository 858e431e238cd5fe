import Foundation
import LarderModel

/// Finds what a path holds to import: a file, a folder of files, an exported folder, or the vendor emulator's local
/// store folder.
struct ImportSource: Sendable {
    let store: String?
    let prefix: String

    /// What was found.
    struct Found: Sendable {
        var items: [ImportItem] = []
        var outcome = TransferOutcome()
    }

    /// - Throws: ``LarderClientError`` `fileError`, `invalidArgument` when it can't be told which store is meant.
    func find(_ path: String) async throws -> Found {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        switch try await LocalTree.kind(path) {
        case .file(let file):
            var found = Found()
            found.items = [item(file, store: try namedStore(), key: prefix + file.relativePath)]
            return found
        case .other: throw LarderClientError(.fileError, "\(path) is neither a file nor a folder.")
        case .folder:
            if let lines = try await ExportManifest.read(path) { return try await exported(path, lines) }
            if await LocalTree.isFolder(path + "/entries"), await LocalTree.isFolder(path + "/metadata") {
                return try await emulated(path)
            }
            return try await plain(path)
        }
    }

    private func namedStore() throws -> String {
        guard let store else {
            throw LarderClientError(.invalidArgument, "Say which store to import into: --store STORE.")
        }
        return store
    }

    private func item(_ file: LocalTree.File, store: String, key: String) -> ImportItem {
        ImportItem(file: file, store: store, key: key, metadata: ImportItem.withTime([:], file), isExact: false)
    }

    private func plain(_ folder: String) async throws -> Found {
        let store = try namedStore()
        let walk = try await LocalTree.walk(folder) { $0 == ExportManifest.folder }
        var found = Self.begin(walk)
        found.items = walk.files.map { item($0, store: store, key: prefix + $0.relativePath) }
        return found
    }

    private static func begin(_ walk: LocalTree.Walk) -> Found {
        var found = Found()
        for other in walk.others { found.outcome.passOver(other.path, other.kind) }
        for name in walk.unnameable {
            found.outcome.fail(name, notUTF8)
        }
        for failure in walk.failures { found.outcome.fail(failure.path, failure.error) }
        return found
    }

    /// The manifest says which entry a file is.
    private func exported(_ folder: String, _ lines: [ExportManifest.Line]) async throws -> Found {
        let store = try namedStore()
        let walk = try await LocalTree.walk(folder) { $0 == ExportManifest.folder }
        var found = Self.begin(walk)
        var files = Dictionary(walk.files.map { (Array($0.relativePath.utf8), $0) }) { $1 }
        for line in lines {
            guard let file = files.removeValue(forKey: Array(line.file.utf8)) else {
                found.outcome.fail(
                    line.file, LarderClientError(.fileError, "The manifest names this file, but it is not there."))
                continue
            }
            found.items.append(
                ImportItem(
                    file: file, store: store, key: prefix + line.key, contentType: line.contentType,
                    metadata: line.metadata, isExact: true,
                    sha256: line.sha256.isEmpty ? nil : line.sha256, expiresAt: line.expiresAt))
        }
        for path in files.values.map(\.path).sorted() {
            found.outcome.passOver(path, "the manifest does not name it")
        }
        return found
    }

    // MARK: The emulator's folder

    /// `entries/{site}/{store}/{key…}` and, with the same path, a JSON object in `metadata/`. Segments are as they
    /// stood in the URL.
    private func emulated(_ folder: String) async throws -> Found {
        var stores: [(folder: String, metadata: String, name: String)] = []
        var found = Found()
        for site in try await LocalTree.names(in: folder + "/entries")
        where await LocalTree.isFolder("\(folder)/entries/\(site)") {
            for name in try await LocalTree.names(in: "\(folder)/entries/\(site)") {
                guard let store = Self.storeName(name) else {
                    found.outcome.fail("\(folder)/entries/\(site)/\(name)", Self.notUTF8)
                    continue
                }
                stores.append(
                    ("\(folder)/entries/\(site)/\(name)", "\(folder)/metadata/\(site)/\(name)", store))
            }
        }
        var chosen = stores
        if let store {
            chosen = stores.filter { $0.name.utf8.elementsEqual(store.utf8) }
            if chosen.isEmpty, stores.count == 1 { chosen = [(stores[0].folder, stores[0].metadata, store)] }
            guard !chosen.isEmpty else {
                let names = stores.map(\.name).joined(separator: ", ")
                throw LarderClientError(
                    .invalidArgument,
                    "\(folder) holds no store '\(store)', but \(names); leave --store out to import all.")
            }
        }
        for store in chosen {
            let walk = try await LocalTree.walk(store.folder)
            var part = Self.begin(walk)
            for file in walk.files {
                let text = try? await LocalFile.text("\(store.metadata)/\(file.relativePath)", upTo: 64 << 10)
                let metadata = text.flatMap { try? EntryMetadata(json: Array($0.utf8)) } ?? [:]
                guard let key = Self.decoded(file.relativePath) else {
                    part.outcome.fail(file.path, Self.notUTF8)
                    continue
                }
                part.items.append(
                    ImportItem(
                        file: file, store: store.name, key: prefix + key, metadata: ImportItem.withTime(metadata, file),
                        isExact: false))
            }
            found.items += part.items
            found.outcome.add(part.outcome)
        }
        return found
    }

    /// `site:things` is the store `things`; a deploy's store keeps its whole name.
    private static func storeName(_ folder: String) -> String? {
        let prefix = Array("site:".utf8)
        let name = PercentCoding.decode(folder.utf8)
        return String(validating: name.starts(with: prefix) ? name.dropFirst(prefix.count) : name[...], as: UTF8.self)
    }

    /// The text that a path percent-codes; nil when that is no UTF-8.
    private static func decoded(_ path: String) -> String? {
        String(validating: PercentCoding.decode(path.utf8), as: UTF8.self)
    }

    private static var notUTF8: LarderClientError {
        LarderClientError(.invalidKey, "The name is not UTF-8, which keys must be.")
    }
}
