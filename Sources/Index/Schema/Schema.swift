/// The tables of the index and how they came to be, for every engine.
///
/// A migration is never edited once released; a new one is added, and with it a fixture of a directory as that version
/// leaves it (`Tests/Fixtures/make.py`).
enum Schema {
    /// In their order.
    static let migrations: [SQLMigration] = [
        SQLMigration("1-entries", script: entries),
        SQLMigration("2-logs", script: logs),
        SQLMigration("3-memory", script: memory),
        SQLMigration("4-jobs", script: jobs),
        SQLMigration("5-tokens", script: tokens),
        SQLMigration("6-audit", script: audit),
        SQLMigration("7-token-limits", script: tokenLimits),
        SQLMigration("8-growth", script: growth),
        SQLMigration("9-object-state", script: objectState),
        SQLMigration("10-reply-bodies", script: replyBodies),
        SQLMigration("11-logs-of-stores", script: logsOfStores),
        SQLMigration("12-namespaces", script: namespaces),
        SQLMigration("13-places", script: places),
        SQLMigration("14-store-counts", script: storeCounts),
        SQLMigration("15-nodes", script: nodes),
        SQLMigration("16-versions", script: versions),
        SQLMigration("17-passages", script: passages),
    ]
}
