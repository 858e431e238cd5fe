import CPostgres
import Index

/// PostgreSQL's client library, which need not be on this machine.
enum PostgresLibrary {
    private static let failure = larder_pq_load().map { String(cString: $0) }

    /// Makes sure that the library is there, before anything of it is called.
    /// - Throws: ``SQLFailure`` of kind `unfit` with what to install.
    static func load() throws(SQLFailure) {
        guard let failure else { return }
        throw SQLFailure(
            .unfit,
            "an index on PostgreSQL needs its client library, libpq, which could not be loaded (\(failure)); "
                + "install it (Debian: apt-get install libpq5)"
        )
    }
}
