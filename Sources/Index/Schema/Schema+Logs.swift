extension Schema {
    /// Logs. The row of `entries` with the same name shows a log to lists and reads; it is there while the log has
    /// events.
    static func logs(_ t: SQLDialect) -> String {
        """
        CREATE TABLE logs (
            id \(t.id),
            store \(t.integer) NOT NULL,
            key \(t.bytes) NOT NULL,
            -- Sequence numbers: of the first event kept and of the last one ever appended. They outlive a removal of
            -- the entry.
            first \(t.integer) NOT NULL,
            last \(t.integer) NOT NULL,
            count \(t.integer) NOT NULL,
            -- Bytes of the kept events.
            bytes \(t.integer) NOT NULL,
            dropped \(t.integer) NOT NULL,
            state \(t.integer) NOT NULL,
            started_at \(t.integer) NOT NULL,
            updated_at \(t.integer) NOT NULL,
            progress \(t.real),
            message \(t.text),
            -- Hash over all events so far, each folded in as it came: what the ETag is made from.
            chain \(t.bytes) NOT NULL,
            -- Fingerprints of the latest whole-array writes, 16 bytes each: a repeated one adds nothing.
            recent_puts \(t.bytes) NOT NULL,
            UNIQUE (store, key)
        );
        CREATE INDEX logs_by_time ON logs (store, updated_at, key);

        -- One row an event. Beyond the cap the event goes and its fingerprint stays for a while: clients may still send
        -- arrays that begin there.
        CREATE TABLE log_events (
            log \(t.integer) NOT NULL,
            seq \(t.integer) NOT NULL,
            -- Place among all events here, in the order of their commits; never used twice.
            position \(t.integer) NOT NULL,
            received_at \(t.integer) NOT NULL,
            fingerprint \(t.bytes) NOT NULL,
            event \(t.bytes),
            PRIMARY KEY (log, seq)
        )\(t.inKeyOrder);

        CREATE UNIQUE INDEX log_events_by_position ON log_events (position);
        CREATE TABLE log_positions (last \(t.integer) NOT NULL);
        INSERT INTO log_positions VALUES (0);

        -- Answers to appends with an Idempotency-Key.
        CREATE TABLE log_replies (
            log \(t.integer) NOT NULL,
            idempotency_key \(t.bytes) NOT NULL,
            first \(t.integer) NOT NULL,
            last \(t.integer) NOT NULL,
            count \(t.integer) NOT NULL,
            created_at \(t.integer) NOT NULL,
            PRIMARY KEY (log, idempotency_key)
        )\(t.inKeyOrder);
        CREATE INDEX log_replies_by_time ON log_replies (created_at);
        """
    }

    /// Logs of every store: what their events say of themselves, metadata without events, events that were forgotten,
    /// and ends that are put off.
    static func logsOfStores(_ t: SQLDialect) -> String {
        """
        -- The first sequence number since the log was made or last emptied; and whether a row of `entries` shows it.
        ALTER TABLE logs ADD COLUMN begin \(t.integer) NOT NULL DEFAULT 1;
        ALTER TABLE logs ADD COLUMN shown \(t.integer) NOT NULL DEFAULT 0;
        UPDATE logs SET begin = first - dropped, shown = CASE WHEN count > 0 THEN 1 ELSE 0 END;
        -- When it happened, where it says so; NULL: when it was received. And who speaks, in UTF-8; NULL: nobody.
        ALTER TABLE log_events ADD COLUMN happened_at \(t.integer);
        ALTER TABLE log_events ADD COLUMN role \(t.bytes);
        -- Events of emptied logs that are still there, up to a sequence number: garbage collection takes them.
        CREATE TABLE log_remains (
            log \(t.integer) NOT NULL PRIMARY KEY,
            through \(t.integer) NOT NULL
        )\(t.inKeyOrder);
        -- By how many milliseconds a write puts `expires_at` off; NULL: nothing does.
        ALTER TABLE entries ADD COLUMN ttl \(t.integer);
        """
    }

    /// What an answer was to, and its place among those of its log, from 1; 0: of a version that kept no place.
    static func replyBodies(_ t: SQLDialect) -> String {
        """
        -- SHA-256 of the request's body; NULL: not known.
        ALTER TABLE log_replies ADD COLUMN body \(t.bytes);
        ALTER TABLE log_replies ADD COLUMN number \(t.integer) NOT NULL DEFAULT 0;
        CREATE INDEX log_replies_by_number ON log_replies (log, number);
        """
    }
}
