import CPostgres
import Index

/// Where a database is and how to get in, as libpq reads it from a URL, the environment and its files.
struct PostgresAddress: Sendable {
    /// Parameters of a connection, by libpq's names; the password may be among them.
    let parameters: [String: String]
    /// For people: without the password.
    let place: String

    /// - Throws: ``SQLFailure`` of kind `unfit` when it is no URL of a database; the message holds no password.
    init(_ url: String) throws(SQLFailure) {
        try PostgresLibrary.load()
        guard Self.isURL(url) else {
            throw SQLFailure(.unfit, "an index is a URL such as postgres://larder@localhost/larder")
        }
        var failure: UnsafeMutablePointer<CChar>?
        let options = larder_pq_conninfoParse(url, &failure)
        defer {
            larder_pq_conninfoFree(options)
            larder_pq_freemem(failure)
        }
        guard let options else {
            // What libpq says repeats the URL, and that may hold a password.
            throw SQLFailure(
                .unfit,
                "the URL of the index can't be understood; it looks like postgres://larder@localhost:5432/larder, "
                    + "with unusual characters of a name or password percent-encoded")
        }
        parameters = Self.values(options)
        place = Self.place(parameters)
    }

    static func isURL(_ text: String) -> Bool { ["postgres://", "postgresql://"].contains { text.hasPrefix($0) } }

    private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    private static func place(_ parameters: [String: String]) -> String {
        let hosts = (parameters["host"] ?? parameters["hostaddr"] ?? "").split(separator: ",").map(String.init)
        let ports = (parameters["port"] ?? "").split(separator: ",").map(String.init)
        let named = hosts.enumerated().map { i, host in
            let port = ports.count == 1 ? ports[0] : i < ports.count ? ports[i] : ""
            return port.isEmpty ? host : "\(host):\(port)"
        }
        let user = parameters["user"].map { "\($0)@" } ?? ""
        return "postgres://\(user)\(named.joined(separator: ","))/\(parameters["dbname"] ?? "")"
    }
}
