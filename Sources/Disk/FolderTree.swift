import Glibc

/// Folders with all that is in them. Links are never followed.
extension FileSystem {
    /// What is to be opened is not there.
    static func missing(_ path: String) -> Failure { Failure(call: "open", path: path, errno: ENOENT) }
    /// Something has the name that something else is to get.
    static func taken(_ path: String) -> Failure { Failure(call: "rename", path: path, errno: EEXIST) }

    /// Whether anything has this name, be it a link that leads nowhere.
    package static func isThere(_ path: String) throws(Failure) -> Bool { try look(path) != nil }

    private static func look(_ path: String) throws(Failure) -> stat? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw Failure(call: "lstat", path: path, errno: errno)
        }
        return status
    }

    /// Whether a part of a folder can be moved to another one by its name: it is no link, and on the folder's own disk.
    /// What is missing can be.
    static func isMovable(_ name: String, in folder: String) throws(Failure) -> Bool {
        guard let part = try look("\(folder)/\(name)"), let whole = try look(folder + "/.") else { return true }
        return part.st_mode & S_IFMT != S_IFLNK && part.st_dev == whole.st_dev
    }

    /// A path without links and dots, from the root.
    static func resolved(_ path: String) throws(Failure) -> String {
        guard let found = realpath(path, nil) else { throw Failure(call: "realpath", path: path, errno: errno) }
        defer { free(found) }
        return String(cString: found)
    }

    /// The folder that holds what a path names.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Removes what lies at a path, with all that is in it. Removing what is not there is no error.
    package static func removeTree(_ path: String) throws(Failure) {
        guard let status = try look(path) else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try list(path) { try removeTree("\(path)/\(name)") }
        if rmdir(path) != 0, errno != ENOENT { throw Failure(call: "rmdir", path: path, errno: errno) }
    }

    /// Removes a folder in which nothing is; another one stays.
    static func removeEmpty(_ path: String) { _ = rmdir(path) }

    /// Bytes of all files at a path; 0 where there is nothing.
    package static func treeSize(_ path: String) throws(Failure) -> Int64 {
        guard let status = try look(path) else { return 0 }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Int64(status.st_size) }
        var sum: Int64 = 0
        for name in try list(path) { sum += try treeSize("\(path)/\(name)") }
        return sum
    }

    /// Gives a file another name beside its own.
    /// - Returns: false: there is no such file, or it can't have one there.
    package static func link(_ from: String, to: String) throws(Failure) -> Bool {
        if Glibc.link(from, to) == 0 { return true }
        guard [ENOENT, EXDEV, EMLINK, EPERM, EEXIST].contains(errno) else {
            throw Failure(call: "link", path: to, errno: errno)
        }
        return false
    }
}
