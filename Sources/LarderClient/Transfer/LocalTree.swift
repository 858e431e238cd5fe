#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

import LarderModel

/// Regular files below a folder of this machine.
package enum LocalTree {
    /// A regular file.
    package struct File: Sendable, Hashable {
        /// As it can be opened.
        package var path: String
        /// From the folder that was walked, with `/` between segments.
        package var relativePath: String
        package var size: Int64
        /// Milliseconds since 1970 of its last change.
        package var modifiedMilliseconds: Int64
    }

    /// What a walk found.
    package struct Walk: Sendable {
        /// By the bytes of their relative paths.
        package var files: [File] = []
        /// Names that are not UTF-8, made readable: no key can be called so.
        package var unnameable: [String] = []
        /// Symbolic links, pipes and the like, which are passed over, each with what it is.
        package var others: [(path: String, kind: String)] = []
        /// What could not be looked at: gone since it was listed, or not ours to read.
        package var failures: [Failure] = []
    }

    /// A file or folder below the one that is walked.
    package struct Failure: Sendable {
        package var path: String
        package var error: LarderClientError
    }

    /// What a path is.
    package enum Kind: Sendable { case file(File), folder, other }

    /// - Throws: ``LarderClientError`` `notFound`, `fileError`.
    package static func kind(_ path: String) async throws -> Kind {
        try await OpenFile.onPool {
            var status = stat()
            guard stat(path, &status) == 0 else { throw SystemError.source(path, errno) }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                return .file(
                    file(path, relative: String(path.parts(separatedBy: "/").last { !$0.isEmpty } ?? ""), status))
            case S_IFDIR: return .folder
            default: return .other
            }
        }
    }

    package static func isFolder(_ path: String) async -> Bool {
        if case .folder? = try? await kind(path) { true } else { false }
    }

    /// Names in a folder, sorted.
    package static func names(in folder: String) async throws -> [String] {
        try await OpenFile.onPool { try list(folder).compactMap { String(validating: $0, as: UTF8.self) }.sorted() }
    }

    /// Every regular file below a folder. Links are not followed. All of it is held in memory: some 200 bytes a file.
    /// - Parameter isSkipped: whether to pass over a name in the folder itself.
    /// - Throws: ``LarderClientError`` `fileError` when the folder itself can't be read.
    package static func walk(
        _ folder: String, skipping isSkipped: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> Walk {
        var walk = Walk()
        var pending = [""]
        while let relative = pending.popLast() {
            let found = try await OpenFile.onPool { try look(folder, relative, isSkipped) }
            walk.files += found.files
            walk.unnameable += found.unnameable
            walk.others += found.others
            walk.failures += found.failures
            pending += found.folders
        }
        walk.files.sort { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
        return walk
    }

    private struct Look: Sendable {
        var files: [File] = []
        var folders: [String] = []
        var unnameable: [String] = []
        var others: [(path: String, kind: String)] = []
        var failures: [Failure] = []
    }

    private static func look(_ root: String, _ relative: String, _ isSkipped: (String) -> Bool) throws -> Look {
        let folder = relative.isEmpty ? root : "\(root)/\(relative)"
        var found = Look()
        let names: [[UInt8]]
        do { names = try list(folder) } catch let error as LarderClientError where !relative.isEmpty {
            found.failures.append(Failure(path: folder, error: error))
            return found
        }
        for bytes in names {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                found.unnameable.append("\(folder)/\(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            if relative.isEmpty, isSkipped(name) { continue }
            let below = relative.isEmpty ? name : "\(relative)/\(name)"
            let path = "\(root)/\(below)"
            var status = stat()
            guard lstat(path, &status) == 0 else {
                found.failures.append(Failure(path: path, error: SystemError.file(path, errno)))
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: found.files.append(file(path, relative: below, status))
            case S_IFDIR: found.folders.append(below)
            case S_IFLNK: found.others.append((path, "a symbolic link"))
            default: found.others.append((path, "neither a file nor a folder"))
            }
        }
        return found
    }

    private static func file(_ path: String, relative: String, _ status: stat) -> File {
        #if canImport(Darwin)
        let modified = status.st_mtimespec
        #else
        let modified = status.st_mtim
        #endif
        return File(
            path: path, relativePath: relative, size: Int64(status.st_size),
            modifiedMilliseconds: Int64(modified.tv_sec) * 1_000 + Int64(modified.tv_nsec) / 1_000_000)
    }

    private static func list(_ folder: String) throws -> [[UInt8]] {
        guard let directory = opendir(folder) else { throw SystemError.file(folder, errno) }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: UInt8.self, capacity: 256) {
                    Array(
                        UnsafeBufferPointer(
                            start: $0, count: strlen(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))))
                }
            }
            if name != [UInt8(ascii: ".")], name != [UInt8(ascii: "."), UInt8(ascii: ".")] { names.append(name) }
        }
        return names
    }
}
