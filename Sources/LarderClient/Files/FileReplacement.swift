import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes a file so that its name shows either the old content or all of the new: to a temporary name beside it, then a
/// rename. What is not a regular file (`/dev/null`, a pipe) is written to directly.
struct FileReplacement: Sendable {
    private let file: OpenFile
    /// The temporary path and the one it will take; nil when the target is written to directly.
    private let move: (from: String, to: String)?

    /// - Throws: ``LarderClientError`` `fileError`.
    static func begin(_ path: String) async throws -> FileReplacement {
        let target = try await OpenFile.onPool { try Target(path) }
        guard target.isReplaceable else {
            return FileReplacement(file: try await OpenFile.open(path, flags: O_WRONLY), move: nil)
        }
        let slash = target.path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(target.path[...$0]) } ?? ""
        let temporary = "\(folder).larder-\(UInt64.random(in: .min ... .max)).part"
        let file = try await OpenFile.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
        let replacement = FileReplacement(file: file, move: (temporary, target.path))
        if let mode = target.mode { try await replacement.undoing { try await file.setMode(mode) } }
        return replacement
    }

    func write(_ chunk: ByteBuffer) async throws { try await file.write(chunk) }

    /// Gives the file its name, once its bytes are on the disk: else a power cut could leave the name with no content.
    func commit() async throws {
        guard let move else { return }
        try await file.synchronize()
        try await OpenFile.onPool {
            guard rename(move.from, move.to) == 0 else { throw SystemError.file(move.to, errno) }
        }
    }

    /// Removes what was written; the old file stays.
    func abandon() {
        // Not on the pool: a cancelled task gets no turn there, and an unlink of a file we hold doesn't wait.
        if let move { unlink(move.from) }
    }

    /// Runs a step, and abandons the file when it fails.
    func undoing(_ step: () async throws -> Void) async throws {
        do { try await step() } catch {
            abandon()
            throw error
        }
    }

    /// What is at the path now.
    private struct Target: Sendable {
        /// Symbolic links resolved, so that a link stays a link.
        var path: String
        /// Of the file that is there; nil when there is none.
        var mode: mode_t?
        var isReplaceable = true

        init(_ path: String) throws {
            self.path = path
            var status = stat()
            guard stat(path, &status) == 0 else {
                guard errno == ENOENT else { throw SystemError.file(path, errno) }
                return
            }
            isReplaceable = status.st_mode & S_IFMT == S_IFREG
            mode = status.st_mode & 0o7777
            guard isReplaceable, let resolved = realpath(path, nil) else { return }
            self.path = String(cString: resolved)
            free(resolved)
        }
    }
}
