/// What an opening of a data directory found to be done about another state for it.
package struct Settlement: Sendable, Hashable {
    /// A line for the log; nil: there was nothing.
    package var said: String?
    /// Folders that have yet to be removed.
    package var remains: [String] = []
}

extension DataDirectory {
    /// Goes on where a replacement of the directory's state stands, whoever was killed there: what is whole is put in
    /// its place, and what is not is taken back. Blocks for some renames. Called under the lock.
    /// - Throws: when neither can be done: then it is tried again by the next opening.
    static func settle(_ path: String) throws -> Settlement {
        var found = Settlement()
        for name in try FileSystem.list(path).sorted() {
            if name.hasPrefix(DataReplacement.whole) {
                let time = String(name.dropFirst(DataReplacement.whole.count))
                do { try putAway(in: path, time) } catch let problem {
                    try takeBack(in: path, time)
                    found.said = "a restore was taken back, for the state before can't be put aside: \(problem)"
                    continue
                }
                found.said = try arrive(in: path, time)
            } else if name.hasPrefix(DataReplacement.arriving) {
                found.said = try arrive(in: path, String(name.dropFirst(DataReplacement.arriving.count)))
            } else if name.hasPrefix(DataReplacement.making) {
                found.said = found.said ?? "a restore that was not finished was taken back"
            }
        }
        found.remains = try FileSystem.list(path).filter {
            $0.hasPrefix(DataReplacement.making) || $0.hasPrefix(DataReplacement.discarded)
        }.map { "\(path)/\($0)" }
        return found
    }

    private static func note(_ folder: String) throws -> ReplacementNote {
        guard let note = try ReplacementNote(in: folder) else {
            throw FileSystem.missing(folder + "/" + DataReplacement.noteName)
        }
        return note
    }

    /// Puts the state that the directory has into the folder of the state before.
    private static func putAway(in path: String, _ time: String) throws {
        let whole = "\(path)/\(DataReplacement.whole)\(time)"
        let before = try note(whole).before
        try FileSystem.makeDirectory(before)
        try move(from: path, to: before)
        try FileSystem.syncDirectory(FileSystem.parent(of: before))
        try FileSystem.rename(whole, to: "\(path)/\(DataReplacement.arriving)\(time)")
        try FileSystem.syncDirectory(path)
    }

    /// The way back: the new state is not the directory's.
    private static func takeBack(in path: String, _ time: String) throws {
        let whole = "\(path)/\(DataReplacement.whole)\(time)"
        if let before = try? note(whole).before, (try? FileSystem.list(before)) != nil {
            try move(from: before, to: path)
            FileSystem.removeEmpty(before)
        }
        try FileSystem.rename(whole, to: "\(path)/\(DataReplacement.discarded)\(time)")
        try FileSystem.syncDirectory(path)
    }

    /// Puts the new state in its place.
    /// - Returns: a line for the log.
    private static func arrive(in path: String, _ time: String) throws -> String {
        let arriving = "\(path)/\(DataReplacement.arriving)\(time)"
        // The note moves last: as long as there is more to move, it says what this is.
        try move(from: arriving, to: path)
        let note = try note(path)
        try FileSystem.rename(arriving, to: "\(path)/\(DataReplacement.discarded)\(time)")
        try FileSystem.syncDirectory(path)
        if let older = note.older, older != note.before { _ = try? setAside(older, in: path) }
        return "the snapshot \(note.snapshot) is in place; the state before is in \(note.before)"
    }

    /// Moves the parts of a state, durably. What was moved before is passed over.
    private static func move(from: String, to: String) throws {
        for part in DataReplacement.parts {
            guard try FileSystem.isThere("\(from)/\(part)") else { continue }
            guard try !FileSystem.isThere("\(to)/\(part)") else {
                throw FileSystem.taken("\(to)/\(part)")
            }
            try FileSystem.rename("\(from)/\(part)", to: "\(to)/\(part)")
        }
        try FileSystem.syncDirectory(to)
        try FileSystem.syncDirectory(from)
    }

    /// Removes what earlier replacements have left. Blocks as long as there are files; a failure leaves it to the next
    /// opening.
    package func removeRemains() {
        for folder in settlement.remains { try? FileSystem.removeTree(folder) }
    }
}
