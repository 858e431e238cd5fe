import Foundation

/// A new folder that is gone with `remove()`. Its name holds this process's id, so that the next run can clear what a
/// killed one left.
struct TemporaryFolder: Sendable {
    private static let prefix = "larder-e2e."
    let path: String

    init() throws {
        Self.sweepOnce
        let parent = NSTemporaryDirectory()
        path = (parent as NSString).appendingPathComponent("\(Self.prefix)\(getpid()).\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    func appending(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Runs `body` with a new folder, which is removed whatever happens.
    static func with<Result>(_ body: (TemporaryFolder) async throws -> Result) async throws -> Result {
        let folder = try TemporaryFolder()
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(folder)) } catch { result = .failure(error) }
        folder.remove()
        // In a task of its own, so that a cancelled test still cleans up.
        await Task { await TestPlace.forget(in: folder.path) }.value
        return try result.get()
    }

    private static let sweepOnce: Void = {
        let parent = NSTemporaryDirectory()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let owner = name.dropFirst(prefix.count).prefix { $0 != "." }
            guard let pid = pid_t(owner), pid != getpid(), kill(pid, 0) != 0, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: (parent as NSString).appendingPathComponent(name))
        }
    }()
}

/// What the tests look at on disk.
enum Disk {
    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// Every file below a folder, as paths from it.
    static func files(below folder: String) throws -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walker.compactMap { $0 as? String }.filter { isFile((folder as NSString).appendingPathComponent($0)) }
            .sorted()
    }

    static func folders(below folder: String) throws -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walker.compactMap { $0 as? String }.filter { !isFile((folder as NSString).appendingPathComponent($0)) }
            .sorted()
    }

    static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    /// The permission bits, such as 0o600.
    static func mode(_ path: String) throws -> Int {
        let number = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        return number?.intValue ?? -1
    }

    static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
    static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
