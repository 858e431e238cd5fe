import ArgumentParser
import Foundation
import LarderClient

/// Which server to ask, and as whom.
struct ServerOptions: ParsableArguments {
    /// The options that take a value, in this group and the one within.
    static let valueNames = ["url", "token", "site", "data"]

    @Option(help: "The server. (default: LARDER_URL, else http://127.0.0.1:7373)")
    var url: String?

    @Option(help: "The token. (default: LARDER_TOKEN, else <data>/admin.token)")
    var token: String?

    @Option(help: "The site. (default: the token's own)")
    var site: String?

    @OptionGroup
    var data: DataOptions

    /// `--url`, else `LARDER_URL`, else where a server listens unless told otherwise.
    var serverURL: String { url ?? variable("LARDER_URL") ?? "http://127.0.0.1:7373" }

    /// `--token`, else `LARDER_TOKEN`, else what a local server wrote at its first start; nil when there is none.
    func foundToken() async -> String? {
        if let token = token ?? variable("LARDER_TOKEN") { return token }
        guard let file = try? await LocalFile.text(data.directory + "/admin.token", upTo: 4096) else { return nil }
        let text = file.split(whereSeparator: \.isWhitespace).first.map(String.init)
        return text
    }

    /// Runs something with a client, which is closed afterwards.
    func withClient<Result>(_ body: (LarderClient) async throws -> Result) async throws -> Result {
        try await LarderClient.withClient(url: serverURL, token: await foundToken(), site: site, body)
    }

    private func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
