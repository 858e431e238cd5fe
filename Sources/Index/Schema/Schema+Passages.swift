extension Schema {
    /// What is searched: the passages of the items of vaults, and their vectors. A position (``logs(_:)``) is given to
    /// each row that is written and to each removal: who has seen all rows up to one sees by it what came since.
    static func passages(_ t: SQLDialect) -> String {
        """
        CREATE TABLE passages (
            store \(t.integer) NOT NULL,
            key \(t.bytes) NOT NULL,
            -- Of the event; 0: the item is the entry.
            seq \(t.integer) NOT NULL,
            -- Its place in the item, from 0.
            number \(t.integer) NOT NULL,
            position \(t.integer) NOT NULL,
            at \(t.integer) NOT NULL,
            -- In UTF-8; NULL: nobody is said to speak.
            role \(t.bytes),
            -- A JSON object.
            metadata \(t.bytes) NOT NULL,
            -- The first 16 bytes of the SHA-256 of its text: of equal texts one is found.
            fingerprint \(t.bytes) NOT NULL,
            -- Its different words, and how often it has each.
            words \(t.bytes) NOT NULL,
            text \(t.bytes) NOT NULL,
            PRIMARY KEY (store, key, seq, number)
        )\(t.inKeyOrder);
        CREATE INDEX passages_by_position ON passages (store, position);

        -- f32 numbers, little-endian. A vault that changes its model has those of both for a while. With a new vector
        -- its passage gets a new position.
        CREATE TABLE passage_vectors (
            store \(t.integer) NOT NULL,
            key \(t.bytes) NOT NULL,
            seq \(t.integer) NOT NULL,
            number \(t.integer) NOT NULL,
            -- What made it; empty: nobody said.
            model \(t.text) NOT NULL,
            vector \(t.bytes) NOT NULL,
            PRIMARY KEY (store, key, seq, number, model)
        )\(t.inKeyOrder);

        -- Items that were removed, for who keeps them in memory: those of a key with sequence numbers from one to
        -- another, of whose rows those with a smaller position are gone or as good as gone. An hour later the removal
        -- is forgotten.
        CREATE TABLE passages_removed (
            store \(t.integer) NOT NULL,
            position \(t.integer) NOT NULL,
            key \(t.bytes) NOT NULL,
            first \(t.integer) NOT NULL,
            last \(t.integer) NOT NULL,
            removed_at \(t.integer) NOT NULL,
            -- 0: their rows are still there.
            is_done \(t.integer) NOT NULL,
            PRIMARY KEY (store, position)
        )\(t.inKeyOrder);
        CREATE INDEX passages_removed_by_time ON passages_removed (removed_at);

        -- A row for each store whose items are, or are being, indexed.
        CREATE TABLE vaults (
            store \(t.integer) PRIMARY KEY,
            -- The rule that they follow, as text; another one makes them anew.
            rule \(t.bytes) NOT NULL,
            -- Whether all that was there before is indexed.
            is_whole \(t.integer) NOT NULL,
            -- Removals up to this position are not noted any more.
            removed_through \(t.integer) NOT NULL DEFAULT 0
        )\(t.inKeyOrder);
        """
    }
}
