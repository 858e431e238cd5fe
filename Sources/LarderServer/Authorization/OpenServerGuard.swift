import LarderHTTP
import LarderModel

/// What `--no-auth` asks of a request instead of a token: that it doesn't come from some web page. Everybody on this
/// machine is let in, and that includes its browser, whatever page it is on; so pages of other origins are turned away,
/// and so are names that someone else's DNS points at this machine.
enum OpenServerGuard {
    /// - Throws: `LarderError` `.crossOrigin`.
    static func check(_ request: RequestHead, _ cors: CORS) throws(LarderError) {
        if let host = request.field("host"), !isLoopback(host) {
            throw LarderError(
                .crossOrigin, "Without tokens this server answers to localhost, 127.0.0.1 and [::1] only.")
        }
        guard !cors.isAllowed(request) else { return }
        let isForeign =
            request.field("sec-fetch-site")?.lowercased() == "cross-site"
            || request.field("origin").map { !isLoopbackOrigin($0) } ?? false
        guard !isForeign else {
            throw LarderError(
                .crossOrigin, "Without tokens this server doesn't answer pages of other origins; see --cors-origin.")
        }
    }

    private static func isLoopbackOrigin(_ origin: String) -> Bool {
        guard let start = origin.firstRange(of: "://")?.upperBound else { return false }
        return isLoopback(origin[start...])
    }

    /// - Parameter host: with or without a port.
    private static func isLoopback(_ host: some StringProtocol) -> Bool {
        let host = host.lowercased()
        if host.hasPrefix("[") { return host.prefix { $0 != "]" } == "[::1" }
        let name = host.prefix { $0 != ":" }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopbackAddress = numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
        return name == "localhost" || name.hasSuffix(".localhost") || isLoopbackAddress
    }
}
