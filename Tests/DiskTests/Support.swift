import Disk
import Foundation

/// Runs `body` with a path where nothing is yet, and removes what it made.
func withPath<R>(_ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.path + "/larder-files-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// What may lie in the place of a plain file.
enum Odd: CaseIterable, Sendable {
    case link, danglingLink, device, pipe, folder

    func make(_ path: String) throws {
        let result =
            switch self {
            case .link: symlink(".", path)
            case .danglingLink: symlink("elsewhere", path)
            case .device: symlink("/dev/zero", path)
            case .pipe: mkfifo(path, 0o600)
            case .folder: mkdir(path, 0o700)
            }
        guard result == 0 else { throw FileSystem.Failure(call: "make", path: path, errno: errno) }
    }
}

func permissions(_ path: String) throws -> Int? {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
}
