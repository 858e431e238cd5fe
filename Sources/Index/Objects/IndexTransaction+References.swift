import LarderModel

extension IndexTransaction {
    struct ReferencedObject {
        let id: Int64
        let encoding: Encoding
        let storedSize: Int64
        let isInline: Bool
        /// The stored form, when it is inline.
        let content: [UInt8]?
        /// The place that the object had before; nil: none, or it is the same.
        var leftPlace: [UInt8]?
    }

    /// Makes the row of an object that is being removed the row of this content, whose file, if it has one, lies in its
    /// place: nothing of what the row said before may be counted on.
    /// - Parameter place: what the row said so far.
    private func takeOver(_ row: Int64, _ object: Object, from place: [UInt8]) throws -> ReferencedObject {
        guard let new = object.place else { throw Self.placeless }
        try db.run(
            """
            UPDATE objects SET size = ?2, stored_size = ?3, encoding = ?4, data = ?5,
                refs = 1, unreferenced_at = NULL, state = ?6, place = ?7
            WHERE id = ?1
            """
        ) {
            $0.set(1, row)
            $0.set(2, object.size)
            $0.set(3, object.storedSize)
            $0.set(4, object.encoding.rawValue)
            $0.set(5, object.inline)
            $0.set(6, ObjectState.living.rawValue)
            $0.set(7, new.isEmpty ? nil : new)
        }
        return ReferencedObject(row, object, leaving: place)
    }

    /// Who says that content is there already has read an entry that names it, and its row lives as long as that.
    private static var placeless: IndexDamage { IndexDamage(what: "an entry names an object without a row") }

    /// Two of them, so that most content goes in without one value more.
    private static let insertion = """
        INSERT INTO objects (digest, size, stored_size, encoding, refs, data) VALUES (?1, ?2, ?3, ?4, 1, ?5)
        ON CONFLICT (digest) DO NOTHING
        """
    private static let insertionWithPlace = """
        INSERT INTO objects (digest, size, stored_size, encoding, refs, data, place)
        VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)
        ON CONFLICT (digest) DO NOTHING
        """

    /// Makes the row of new content; nil when there is one.
    private func insert(_ object: Object) throws -> Int64? {
        guard let place = object.place else { return nil }
        return try db.insert(place.isEmpty ? Self.insertion : Self.insertionWithPlace) {
            $0.set(1, object.digest)
            $0.set(2, object.size)
            $0.set(3, object.storedSize)
            $0.set(4, object.encoding.rawValue)
            $0.set(5, object.inline)
            if !place.isEmpty { $0.set(6, place) }
        }
    }

    /// Makes the row of content that is known to be new, with its number. Where another node has made one meanwhile,
    /// the whole transaction is tried again.
    private func insert(_ object: Object, _ place: [UInt8], _ id: Int64) throws {
        try db.run(
            """
            INSERT INTO objects (digest, size, stored_size, encoding, refs, data, place, id)
            VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)
            """
        ) {
            $0.set(1, object.digest)
            $0.set(2, object.size)
            $0.set(3, object.storedSize)
            $0.set(4, object.encoding.rawValue)
            $0.set(5, object.inline)
            $0.set(6, place.isEmpty ? nil : place)
            $0.set(7, id)
        }
    }

    /// Takes a reference to the object in this transaction, making its row when there is none.
    func reference(_ object: Object, unlessHeldBy old: EntryRow?) throws -> (ReferencedObject, wasKnown: Bool) {
        if let place = object.place, let id = try takeForeseenID(object.digest) {
            try insert(object, place, id)
            state.contentBytes += object.inline?.count ?? 0
            return (ReferencedObject(id, object), false)
        }
        // New content is the common case, so the insert comes first: it finds out on its way whether the object is
        // there.
        if let id = try insert(object) {
            state.contentBytes += object.inline?.count ?? 0
            return (ReferencedObject(id, object), false)
        }
        let found = try db.one("SELECT id, encoding, stored_size, data, state, place FROM objects WHERE digest = ?1") {
            $0.set(1, object.digest)
        } _: {
            let known = ReferencedObject(
                id: $0.int64(0), encoding: try $0.encoding(1), storedSize: $0.int64(2), isInline: !$0.isNull(3),
                content: $0.isNull(3) ? nil : $0.bytes(3))
            return (object: known, isLiving: $0.int(4) == ObjectState.living.rawValue, place: $0.bytes(5))
        }
        guard let found else { throw Self.placeless }
        var known = found.object
        guard found.isLiving else { return (try takeOver(known.id, object, from: found.place), false) }
        if !known.isInline, known.encoding != object.encoding { throw KeptOtherwise(encoding: known.encoding) }
        try move(&known, from: found.place, to: object)
        if let content = known.content, let repaired = try object.repair(content, known.encoding) {
            try db.run("UPDATE objects SET data = ?2, stored_size = ?3 WHERE id = ?1") {
                $0.set(1, known.id)
                $0.set(2, repaired)
                $0.set(3, repaired.count)
            }
            known = ReferencedObject(
                id: known.id, encoding: known.encoding, storedSize: Int64(repaired.count), isInline: true,
                content: repaired)
        }
        if old?.object != known.id { state.references[known.id, default: 0] += 1 }
        return (known, true)
    }

    /// Writes down the references that a change, or watchers at the end, took, before another change looks: once for
    /// each object, for a row that a transaction changes ten thousand times is read through all its versions each time.
    func settleReferences() throws {
        for id in state.references.keys.sorted() { try settleReferences(to: id) }
    }

    private func settleReferences(to id: Int64) throws {
        guard let count = state.references.removeValue(forKey: id) else { return }
        try db.run("UPDATE objects SET refs = refs + ?2, unreferenced_at = NULL WHERE id = ?1") {
            $0.set(1, id)
            $0.set(2, count)
        }
    }

    /// Content that came again lies in a place of its own: that one counts from now on, so that what was damaged heals.
    private func move(_ known: inout ReferencedObject, from place: [UInt8], to object: Object) throws {
        guard !known.isInline, object.inline == nil, let new = object.place, new != place else { return }
        try db.run("UPDATE objects SET place = ?2 WHERE id = ?1") {
            $0.set(1, known.id)
            $0.set(2, new)
        }
        known.leftPlace = place
    }

    /// Lets go of a reference. Small content goes at once with its last one; a file stays until collection, which waits
    /// out a grace period.
    func release(_ object: Int64?) throws {
        guard let object else { return }
        try settleReferences(to: object)
        // Small content with one reference is the common case: gone at once, without a way through the index of
        // unreferenced objects.
        let removal = "DELETE FROM objects WHERE id = ?1 AND refs = 1 AND data IS NOT NULL"
        if db.isRemote {
            // Where it is gone, what follows finds nothing.
            try db.run(removal) { $0.set(1, object) }
        } else {
            guard try db.change(removal, { $0.set(1, object) }) == 0 else { return }
        }
        try db.run("UPDATE objects SET refs = refs - 1, unreferenced_at = ?2 WHERE id = ?1") {
            $0.set(1, object)
            $0.set(2, now)
        }
    }
}

extension IndexTransaction.ReferencedObject {
    /// As it was written.
    /// - Parameter place: that the row said so far.
    fileprivate init(_ id: Int64, _ object: IndexTransaction.Object, leaving place: [UInt8] = []) {
        self.init(
            id: id, encoding: object.encoding, storedSize: object.storedSize, isInline: object.inline != nil,
            content: object.inline, leftPlace: place.isEmpty ? nil : place)
    }
}
