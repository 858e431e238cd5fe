import LarderModel

extension IndexTransaction {
    /// Answers to what the changes of this transaction are about to ask. Each is good for one question, and is dropped
    /// when its row is written.
    struct Foreseen {
        struct Row: Hashable {
            let store: Int64
            let key: EntryKey
        }

        /// nil: there is no such row.
        var entries: [Row: ShownEntry?] = [:]
        var logs: [Row: LogRow?] = [:]
        /// Content that is not there.
        var absent: Set<Digest> = []
    }

    /// Asks for all of this at once.
    func foresee(_ changes: some Sequence<Foresight>) throws {
        var stores = Set(changes.map { StoreKey(site: $0.name.site, store: $0.name.store) })
        // Those that nobody has guessed come first: the others' numbers are asked for with what is asked by them.
        let unknown = stores.filter { guessedStores[$0] == nil }
        if !unknown.isEmpty { try db.ask(unknown.map { number(of: $0) }) }
        stores.subtract(unknown)
        var questions = stores.map { number(of: $0) }
        for change in changes {
            let key = StoreKey(site: change.name.site, store: change.name.store)
            if let digest = change.digest, state.foreseen.absent.insert(digest).inserted {
                questions.append(isThere(digest))
            }
            guard let store = guessedStores[key] ?? state.storeIDs[key] else { continue }
            let row = Foreseen.Row(store: store, key: change.name.key)
            if state.foreseen.entries.updateValue(nil, forKey: row) == nil { questions.append(shownEntry(row)) }
            if change.isLog, state.foreseen.logs.updateValue(nil, forKey: row) == nil { questions.append(log(row)) }
        }
        if !state.foreseen.logs.isEmpty { questions.append(firstPosition()) }
        try db.ask(questions)
    }

    private func number(of key: StoreKey) -> SQLQuestion {
        SQLQuestion(IndexReader.storeIDSQL) {
            $0.set(1, key.site.text)
            $0.set(2, key.store.bytes)
        } read: { [self] in
            state.storeIDs[key] = $0.int64(0)
        }
    }

    private func firstPosition() -> SQLQuestion {
        SQLQuestion(db.positionSQL) { _ in
        } read: { [self] in
            state.positions = ($0.int64(0), $0.int64(0))
        }
    }

    private func isThere(_ digest: Digest) -> SQLQuestion {
        SQLQuestion("SELECT 1 FROM objects WHERE digest = ?1") {
            $0.set(1, digest)
        } read: { [self] _ in
            state.foreseen.absent.remove(digest)
        }
    }

    private func shownEntry(_ row: Foreseen.Row) -> SQLQuestion {
        SQLQuestion(Self.shownEntrySQL) {
            $0.set(1, row.store)
            $0.set(2, row.key.bytes)
        } read: { [self] in
            state.foreseen.entries[row] = try Self.shownEntry(from: $0)
        }
    }

    private func log(_ row: Foreseen.Row) -> SQLQuestion {
        SQLQuestion(Self.logRowSQL) {
            $0.set(1, row.store)
            $0.set(2, row.key.bytes)
        } read: { [self] in
            state.foreseen.logs[row] = try Self.logRow(from: $0)
        }
    }

    // MARK: Using it

    /// Uses what is known of an entry's row.
    /// - Returns: nil: nothing is; else what is there, nil: nothing.
    func takeForeseenEntry(_ store: Int64, _ key: EntryKey) -> ShownEntry?? {
        guard !state.foreseen.entries.isEmpty else { return nil }
        return state.foreseen.entries.removeValue(forKey: Foreseen.Row(store: store, key: key))
    }

    /// The same for the row of a log.
    func takeForeseenLog(_ store: Int64, _ key: EntryKey) -> LogRow?? {
        guard !state.foreseen.logs.isEmpty else { return nil }
        return state.foreseen.logs.removeValue(forKey: Foreseen.Row(store: store, key: key))
    }

    /// Uses that content is known not to be there.
    /// - Returns: a number for its row; nil: it may be there, or the engine gives numbers itself.
    func takeForeseenID(_ digest: Digest) throws -> Int64? {
        guard !state.foreseen.absent.isEmpty, state.foreseen.absent.remove(digest) != nil else { return nil }
        return try db.newID(of: "objects")
    }
}
