import Glibc

/// What may lie where a file is expected, and is none.
package enum OddFile: CaseIterable, Sendable {
    case linkToFolder, linkToNothing, linkToZeros, pipe, folder, fullFolder

    /// - Returns: false when it could not be made; `errno` says why.
    package func make(_ path: String) -> Bool {
        switch self {
        case .linkToFolder: symlink(".", path) == 0
        case .linkToNothing: symlink("nothing", path) == 0
        case .linkToZeros: symlink("/dev/zero", path) == 0
        case .pipe: mkfifo(path, 0o600) == 0
        case .folder: mkdir(path, 0o700) == 0
        case .fullFolder: mkdir(path, 0o700) == 0 && mkdir(path + "/folder", 0o700) == 0
        }
    }
}
