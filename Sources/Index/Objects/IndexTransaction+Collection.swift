package import LarderModel

extension IndexTransaction {
    /// Whether a snapshot is being made, on any node: what it has read names objects that must stay until they are in
    /// its repository.
    package func isSnapshotUnderWay() throws -> Bool {
        try db.one("SELECT 1 FROM jobs WHERE state = 'running' AND kind = ?1") {
            $0.set(1, JobRecord.snapshotKind)
        } _: { _ in
            true
        } ?? false
    }

    /// Whether an export is under way, on any node, as far as it has said so: see ``holdForExport(_:until:)``.
    package func isExportUnderWay() throws -> Bool { try !exports().isEmpty }

    /// Keeps objects from being marked for their removal while an export is under way.
    /// - Parameters:
    ///   - export: tells it from others.
    ///   - time: when it is forgotten unless it asks again; nil: it is over.
    package func holdForExport(_ export: UInt64, until time: Timestamp?) throws {
        var exports = try exports()
        exports[export] = time?.milliseconds
        let lines = exports.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        try note(.export, Array(lines.joined(separator: "\n").utf8))
    }

    /// Exports under way, and when each is forgotten.
    private func exports() throws -> [UInt64: Int64] {
        let text = String(decoding: try reader.fact(.export) ?? [], as: UTF8.self)
        var exports: [UInt64: Int64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let export = UInt64(words[0]), let until = Int64(words[1]),
                until > now.milliseconds
            else { continue }
            exports[export] = until
        }
        return exports
    }

    /// Gives objects that have been without a reference since `cutoff` or before, longest first, at most `limit`, the
    /// state of being removed. Those that a crash left in it have it again.
    package func markForRemoval(since cutoff: Timestamp, limit: Int) throws -> [UnreferencedObject] {
        var found: [(Int64, UnreferencedObject)] = []
        try db.each(
            """
            SELECT id, digest, encoding, stored_size, CASE WHEN data IS NULL THEN 0 ELSE 1 END, place FROM objects
            WHERE refs = 0 AND unreferenced_at <= ?1 ORDER BY unreferenced_at LIMIT ?2
            """
        ) {
            $0.set(1, cutoff)
            $0.set(2, limit)
        } _: {
            let object = UnreferencedObject(
                digest: try $0.digest(1), encoding: try $0.encoding(2), storedSize: $0.int64(3),
                isInline: $0.int(4) == 1, place: $0.bytes(5))
            found.append(($0.int64(0), object))
            return true
        }
        for (id, _) in found {
            try db.run("UPDATE objects SET state = ?2 WHERE id = ?1") {
                $0.set(1, id)
                $0.set(2, ObjectState.removing.rawValue)
            }
        }
        return found.map(\.1)
    }

    /// Removes the rows of objects that are still being removed, by their digests: a row's number may be used again.
    /// - Returns: those that went; of the others a put made content again.
    package func forgetRemoved(_ marked: [UnreferencedObject]) throws -> [UnreferencedObject] {
        try marked.filter { object in
            try db.change("DELETE FROM objects WHERE digest = ?1 AND state = ?2") {
                $0.set(1, object.digest)
                $0.set(2, ObjectState.removing.rawValue)
            } > 0
        }
    }

    /// Puts a count of references right. Every transaction that changes the entries of an object changes its count by
    /// as much, so the difference that a reader found is still the difference now, whatever was written since. What
    /// turns out to be named is living, whatever was to become of it.
    package func repairReferences(_ difference: ReferenceDifference) throws {
        try db.run(
            """
            UPDATE objects SET refs = refs + ?3,
                unreferenced_at = CASE WHEN refs + ?3 = 0 THEN ?4 ELSE unreferenced_at END,
                state = CASE WHEN refs + ?3 > 0 THEN ?5 ELSE state END
            WHERE id = ?1 AND digest = ?2
            """
        ) {
            $0.set(1, difference.object)
            $0.set(2, difference.digest)
            $0.set(3, difference.real - difference.counted)
            $0.set(4, now)
            $0.set(5, ObjectState.living.rawValue)
        }
    }

    /// Moves up to `pages` free pages to the end of the index and cuts them off; the file shrinks with the next
    /// checkpoint.
    package func vacuum(pages: Int) throws {
        try db.giveBack(pages: pages)
    }
}
