import Foundation

/// Where the server is: scheme, host, port and perhaps a path in front of every path.
struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    /// Without a trailing slash: `http://127.0.0.1:7373`.
    let text: String
    var description: String { text }

    /// - Throws: ``LarderClientError`` `invalidArgument`.
    init(_ text: String) throws {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty
        else {
            throw LarderClientError(
                .invalidArgument, "'\(text)' is not the URL of a server, such as http://127.0.0.1:7373.")
        }
        guard url.query == nil, url.fragment == nil, url.user == nil, url.password == nil else {
            throw LarderClientError(
                .invalidArgument, "The server's URL takes no user, '?' or '#': '\(scheme)://\(host)…'.")
        }
        self.text = String(text.reversed().drop { $0 == "/" }.reversed())
    }
}
