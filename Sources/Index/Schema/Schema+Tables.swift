extension Schema {
    /// The tables that hold an installation's rows, as the last migration leaves them, in an order in which they can be
    /// copied. A test compares this list with the engines' own: a migration that adds a table or a column adds it here.
    static let tables: [SchemaTable] = [
        SchemaTable(
            "stores", key: "id", isNumbered: true, integer: "id created_at", text: "site", bytes: "name namespace"),
        SchemaTable(
            "store_counts", key: "store node",
            integer: "store node entries bytes stored_bytes removed_cap removed_cleanup removed_expired"),
        objects,
        SchemaTable(
            "entries", key: "store key",
            integer: "store placement object size stored_size encoding created_at modified_at expires_at ttl",
            text: "content_type", bytes: "key digest etag metadata"),
        SchemaTable(
            "entry_versions", key: "id", isNumbered: true,
            integer: "id store placement object size stored_size encoding created_at modified_at replaced_at "
                + "is_deletion",
            text: "content_type", bytes: "key digest etag metadata"),
        SchemaTable(
            "logs", key: "id", isNumbered: true,
            integer: "id store first last count bytes dropped state started_at updated_at begin shown",
            real: "progress", text: "message", bytes: "key chain recent_puts"),
        SchemaTable(
            "log_events", key: "log seq", integer: "log seq position received_at happened_at",
            bytes: "fingerprint event role"),
        SchemaTable(
            "log_replies", key: "log idempotency_key", integer: "log first last count created_at number",
            bytes: "idempotency_key body"),
        SchemaTable("log_remains", key: "log", integer: "log through"),
        SchemaTable(
            "passages", key: "store key seq number", integer: "store seq number position at",
            bytes: "key role metadata fingerprint words text"),
        SchemaTable(
            "passage_vectors", key: "store key seq number model", integer: "store seq number", text: "model",
            bytes: "key vector"),
        SchemaTable(
            "passages_removed", key: "store position", integer: "store position first last removed_at is_done",
            bytes: "key"),
        SchemaTable("vaults", key: "store", integer: "store is_whole removed_through", bytes: "rule"),
        SchemaTable("memory_projects", key: "site store project", text: "site", bytes: "store project frame made"),
        SchemaTable(
            "memory_runs", key: "site store project run", integer: "source at", real: "duration",
            text: "site timestamp theme music_style mood rating", bytes: "store project run extra"),
        SchemaTable(
            "memory_evaluations", key: "site store key", integer: "is_claimed at", text: "site rating",
            bytes: "store key project run"),
        SchemaTable(
            "jobs", key: "id", isNumbered: true,
            integer: "id done total bytes started_at updated_at ended_at node is_cancelled",
            text: "kind state requested_by site lane", bytes: "request checkpoint result error"),
        SchemaTable(
            "tokens", key: "id",
            integer: "created_at expires_at last_used_at requests_per_second bytes_per_second",
            text: "id scopes site stores note", bytes: "hash"),
        SchemaTable(
            "audit", key: "id", isNumbered: true, integer: "id at", text: "who act subject", bytes: "detail"),
        SchemaTable("store_days", key: "store day", integer: "store day entries bytes stored_bytes"),
    ]

    /// Without those that are being removed: nothing names them, and what their rows say may be gone.
    static let objects = SchemaTable(
        "objects", key: "id", isNumbered: true,
        integer: "id size stored_size encoding refs unreferenced_at state", bytes: "digest data place",
        where: "state = \(ObjectState.living.rawValue)")

    /// Tables whose rows are each index's own, with their columns: who copies an index makes them anew.
    static let ownTables = [
        "facts": ["name", "value"], "log_positions": ["last"],
        "nodes": [
            "id", "name", "owner", "version", "address", "since", "seen_at", "is_up", "database_ms", "bucket_ms",
        ],
        "sessions": ["id", "token_hash", "expires_at"],
    ]
}
