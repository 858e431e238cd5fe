package import LarderModel

extension IndexReader {
    /// Events that a look for logs with new ones goes through.
    private static let appendedRows = 20_000

    static let appendedSQL = """
        SELECT s.site, s.name, l.key, e.count
        FROM (
            SELECT log, COUNT(*) AS count
            FROM (SELECT log FROM log_events WHERE position > ?1 ORDER BY position DESC LIMIT ?2) AS newest
            GROUP BY log
        ) AS e JOIN logs l ON l.id = e.log JOIN stores s ON s.id = l.store
        """

    /// The logs of all stores that have events behind a position. What it costs grows with the events that came since,
    /// up to ``appendedRows``, and not with the logs.
    /// - Returns: nil: there may be more.
    package func logsAppended(after position: Int64) throws -> [EntryName]? {
        var names: [EntryName] = []
        var rows = 0
        try db.each(Self.appendedSQL) {
            $0.set(1, position)
            $0.set(2, Self.appendedRows)
        } _: {
            rows += $0.int(3)
            names.append(
                EntryName(
                    site: try SiteID($0.string(0)), store: try StoreName(bytes: $0.bytes(1)),
                    key: EntryKey(trusted: $0.bytes(2))))
            return true
        }
        return rows < Self.appendedRows ? names : nil
    }
}
