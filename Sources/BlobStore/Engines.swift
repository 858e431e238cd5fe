package import Disk
package import Index
package import LarderModel
package import Objects

/// What a store stands on. Only the program's assembly knows which there are.
package struct Engines: Sendable {
    /// Names what keeps the index at a path; opens nothing.
    package let index: @Sendable (_ path: String) -> any SQLEngine
    /// Makes what keeps objects, in a data directory that this process holds. Blocks.
    package let objects: @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend
    /// Whether what keeps objects has any for this directory. Changes nothing. Blocks.
    package let holdsObjects: @Sendable (DataDirectory) throws(LarderError) -> Bool

    package init(
        index: @escaping @Sendable (_ path: String) -> any SQLEngine,
        objects: @escaping @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend,
        holdsObjects: @escaping @Sendable (DataDirectory) throws(LarderError) -> Bool
    ) {
        self.index = index
        self.objects = objects
        self.holdsObjects = holdsObjects
    }

    /// Why the index can't be reached now, and may be later; nil: it can. Changes nothing. Blocks some seconds at most.
    package func whyAway(_ dataDirectory: String) -> String? {
        do {
            try index(DataDirectory.indexPath(in: dataDirectory)).reach()
            return nil
        } catch { return "\(error)" }
    }

    /// Makes sure that there is an index, for who is to make none. Changes nothing. Blocks.
    /// - Throws: `LarderError` `.notFound`; `.unavailable` when it can't be reached.
    package func requireIndex(_ dataDirectory: String) throws(LarderError) {
        let path = DataDirectory.indexPath(in: dataDirectory)
        let engine = index(path)
        if let reason = whyAway(dataDirectory) {
            throw LarderError(.unavailable, "the index can't be reached: \(reason)")
        }
        guard engine.isShared else {
            // What is in it is not looked at before its lock is held.
            if (try? FileSystem.identity(path)) != nil { return }
            throw LarderError(.notFound, "there is no data directory at \(dataDirectory)")
        }
        guard try !EntryIndex.isThere(engine) else { return }
        throw LarderError(.notFound, "there is no index in \(engine.place)")
    }

    /// Looks whether this larder can serve a data directory that this process holds, before anything in it is changed.
    /// Blocks.
    /// - Throws: `LarderError`, for the person who starts the server: a newer larder has written it; or the index is
    ///   missing, with which nobody could tell any more what the objects are, and a collection would remove them all.
    package func accept(_ directory: DataDirectory) throws(LarderError) {
        let engine = index(directory.indexPath)
        guard try !EntryIndex.isThere(engine), try holdsObjects(directory) else { return }
        throw LarderError(
            .internalError,
            "\(engine.place) is missing or empty, but there are objects of it in \(directory.path): "
                + "put it back from a backup, or move objects/ away to begin anew"
        )
    }
}
