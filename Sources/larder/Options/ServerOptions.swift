import ArgumentParser
import Foundation
import LarderClient

/// Which server to ask, and as whom.
struct ServerOptions: ParsableArguments {
    /// Where a server listens unless told otherwise.
    static let usualURL = "http://127.0.0.1:7373"

    @Option(help: "The server. (default: \(usualURL))")
    var url: String?

    @Option(help: "The token. (default: that of --token-file)")
    var token: String?

    @Option(help: "The file that holds the token. (default: <data>/admin.token)")
    var tokenFile: String?

    @Option(help: "The site. (default: the token's own)")
    var site: String?

    @OptionGroup
    var data: DataOptions

    func validate() throws {
        guard token == nil || tokenFile == nil else {
            throw ValidationError("--token and --token-file exclude each other.")
        }
    }

    var serverURL: String { url ?? Self.usualURL }

    /// Where the token is read from, when it is not given as text.
    var tokenPath: String { tokenFile ?? data.directory + "/admin.token" }

    /// `--token`, else what `--token-file` holds, else what a local server wrote at its first start; nil when there is
    /// none.
    /// - Throws: ``LarderClientError`` when the file that was named can't be read.
    func foundToken() async throws -> String? {
        if let token { return token }
        do {
            return try await LocalFile.text(tokenPath, upTo: 4096).split(whereSeparator: \.isWhitespace).first
                .map(String.init)
        } catch {
            guard tokenFile == nil else { throw error }
            return nil
        }
    }

    /// Runs something with a client, which is closed afterwards.
    func withClient<Result>(_ body: (LarderClient) async throws -> Result) async throws -> Result {
        try await LarderClient.withClient(url: serverURL, token: try await foundToken(), site: site, body)
    }
}
