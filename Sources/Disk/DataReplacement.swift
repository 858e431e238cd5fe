package import LarderModel

/// Another state for a data directory, made in it beside what it holds, and put in its place as a whole:
///
///     <data>/restoring-T/    is being made; the next opening removes it
///     <data>/restored-T/     is whole: the next opening puts it in its place
///     <data>/arriving-T/     the state before is out of the way, and what is left in here has yet to move
///     <data>.before-T/       the state before; <data>/before-T/ where nothing can be made beside the directory
///     <data>/replaced.json   what was replaced (``ReplacementNote``)
///     <data>/discarded-T/    has yet to be removed
///
/// Each step is one rename: a kill or a power cut leaves one of these names, and whoever opens the directory
/// next, under its lock, goes on from there (``DataDirectory/settle(_:)``). The directory itself stays, so it may be
/// a mount point. Every call blocks.
package struct DataReplacement: Sendable {
    package let directory: DataDirectory
    /// Where the new state is made: a new, empty folder.
    package let path: String
    /// Where the state before will be.
    package let before: String
    private let time: String

    static let making = "restoring-", whole = "restored-", arriving = "arriving-", discarded = "discarded-"
    static let noteName = "replaced.json"
    private static let beside = ".before-", inside = "/before-"
    /// Characters of a time in such a name: `2026-11-28T17-05-00Z`.
    private static let timeCount = 20
    /// Seconds that are tried, one after the other, where one is taken.
    private static let timesMax = 60

    /// What a state consists of: all that a larder puts into its directory but the lock, the reserve of the disk and
    /// the mark of the clock, which stay. What else somebody keeps there stays as well.
    static let parts = [
        "index.sqlite", "index.sqlite-wal", "index.sqlite-shm", "objects", "incoming", "quarantine", "Stores",
        "admin.token", "signing.key", "signing.key.older", "larder.id", noteName,
    ]

    /// Makes the folder for the new state.
    /// - Throws: `LarderError`, `.notImplemented` where a part of the directory can't be renamed.
    package init(of directory: DataDirectory, at now: Timestamp) throws {
        try Self.check(directory)
        self.directory = directory
        let whole = try FileSystem.resolved(directory.path)
        let time = try Self.freeTime(directory.path, whole, now)
        self.time = time
        path = directory.path + "/" + Self.making + time
        let beside = whole + Self.beside + time
        before = try Self.make(path, by: beside) ? beside : whole + Self.inside + time
        try FileSystem.syncDirectory(directory.path)
    }

    /// The time by which all of it is called: now, or the next second by which nothing is called yet.
    private static func freeTime(_ path: String, _ whole: String, _ now: Timestamp) throws -> String {
        for second in 0..<timesMax {
            let time = String((now + .seconds(second)).iso8601.prefix(19)).replacing(":", with: "-") + "Z"
            let names = [making, Self.whole, arriving, discarded].map { "\(path)/\($0)\(time)" }
            let isFree = try (names + [whole + beside + time, whole + inside + time]).allSatisfy {
                try !FileSystem.isThere($0)
            }
            if isFree { return time }
        }
        throw LarderError(.conflict, "There are too many states of before already; try again in a minute.")
    }

    /// Looks whether each part of a directory can be renamed.
    /// - Throws: `LarderError` `.notImplemented`.
    package static func check(_ directory: DataDirectory) throws {
        for part in parts where try !FileSystem.isMovable(part, in: directory.path) {
            throw LarderError(
                .notImplemented,
                "'\(part)' of the data directory is a link or on a disk of its own, so its state can't be exchanged; "
                    + "use 'larder backup restore ID --into DIR'.")
        }
    }

    /// Makes the folder where it may be made beside the directory, and moves it in: then the way back is open, too.
    /// - Returns: whether that could be done.
    private static func make(_ path: String, by beside: String) throws -> Bool {
        removeEmpty(like: beside)
        do {
            try FileSystem.makeDirectory(beside)
            do {
                try FileSystem.rename(beside, to: path)
                return true
            } catch {
                try FileSystem.removeTree(beside)
                throw error
            }
        } catch {
            try FileSystem.makeDirectory(path)
            return false
        }
    }

    /// Removes folders for states before that a kill has left empty.
    private static func removeEmpty(like beside: String) {
        let parent = FileSystem.parent(of: beside)
        for name in (try? FileSystem.list(parent)) ?? [] {
            let path = "\(parent)/\(name)"
            if path.hasPrefix(beside.prefix(beside.count - timeCount)) { FileSystem.removeEmpty(path) }
        }
    }

    /// Declares the new state whole: from now on it is the directory's, from the next opening on.
    package func finish(_ note: ReplacementNote) throws {
        try FileSystem.writeFile(path + "/" + Self.noteName, note.json)
        try FileSystem.syncDirectory(path)
        try FileSystem.rename(path, to: directory.path + "/" + Self.whole + time)
        // Whichever of both names a power cut leaves: it is a state, and whole.
        try? FileSystem.syncDirectory(directory.path)
    }

    /// Removes the new state. A failure leaves it to the next opening.
    package func takeBack() { try? FileSystem.removeTree(path) }

    /// Bytes of the files of the state that the directory has now.
    package func sizeNow() throws -> Int64 {
        try Self.parts.reduce(0) { try $0 + FileSystem.treeSize("\(directory.path)/\($1)") }
    }
}
