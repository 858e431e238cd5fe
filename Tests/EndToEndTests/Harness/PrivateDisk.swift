import Foundation

/// A small file system that one server alone sees, and that is gone with it: a tmpfs in a mount namespace of its own.
struct PrivateDisk: Sendable {
    let sizeBytes: Int
    /// Files and folders that it can hold; nil: as many as the system likes.
    var inodes: Int?

    /// Whether this process may make one; containers often forbid it.
    static let isPossible: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        defer { folder.remove() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// The command that mounts the disk at `path` and becomes what follows it.
    func wrapper(for path: String) throws -> [String] {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let options = "size=\(sizeBytes),mode=700" + (inodes.map { ",nr_inodes=\($0)" } ?? "")
        let script = "mount -t tmpfs -o \(options) tmpfs '\(path)' && exec \"$0\" \"$@\""
        return ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script]
    }
}
