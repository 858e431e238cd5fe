/// The server as a whole.
package enum LarderService {
    /// Serves until SIGTERM or SIGINT. Prints one line, `larder <version> listening on http://127.0.0.1:7373 (data: …)`, to standard output
    /// once it takes requests.
    /// - Throws: `LarderError` when it can't start: its message is the one line to show.
    package static func run(_ options: ServeOptions) async throws {}
}
