import LarderModel

extension IndexTransaction {
    /// What the watcher of this type comes back to once, at the end of the transaction. What a change has put there is
    /// forgotten with it when it fails.
    package subscript<Watcher: EntryWatcher>(postponedBy watcher: Watcher.Type) -> Set<Watcher.Postponed> {
        get { state.postponed[ObjectIdentifier(watcher)] as? Set<Watcher.Postponed> ?? [] }
        set { state.postponed[ObjectIdentifier(watcher)] = newValue.isEmpty ? nil : newValue }
    }

    /// Tells those of the watchers whose business the entry is.
    /// - Parameter author: the watcher that made the change, which is not told.
    /// - Returns: whether anybody was told.
    func tellWatchers(_ name: EntryName, changedTo entry: Entry?, by author: (any EntryWatcher.Type)?) throws -> Bool {
        var isTold = false
        for watcher in watchers where watcher.concerns(name) {
            if let author, type(of: watcher) == author { continue }
            try watcher.entryChanged(name, to: entry, in: self)
            isTold = true
        }
        return isTold
    }

    /// Has the watchers do what they postponed. One may, by what it writes, make work for another.
    func finishWatchers() throws {
        func isWaiting(_ watcher: any EntryWatcher) -> Bool {
            state.postponed[ObjectIdentifier(type(of: watcher))] != nil
        }
        func finish<Watcher: EntryWatcher>(_ watcher: Watcher) throws {
            let postponed = self[postponedBy: Watcher.self]
            self[postponedBy: Watcher.self] = []
            try watcher.finish(postponed, in: self)
        }
        while !state.postponed.isEmpty, let watcher = watchers.first(where: isWaiting) { try finish(watcher) }
    }
}
