import ArgumentParser
import Foundation
import LarderClient

/// `larder env`
struct EnvironmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Print what makes an unmodified @netlify/blobs client use this server.",
        discussion: """
            Use it as: eval "$(larder env)"

            The app gets a token of its own, for one site and without administration. It is made the first time and \
            kept in ~/.config/larder/apps; 'larder token list' shows it by its note, 'larder token revoke ID' ends it. \
            Where the token at hand may make none, it is passed on as it is.
            """)

    @Option(help: "The app; each has a token of its own.") var app = "app"
    @Flag(help: "Pass the token at hand on, even an admin's.") var sameToken = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    private struct Context: Encodable {
        var edgeURL: String
        var uncachedEdgeURL: String
        var siteID: String
        var token: String
    }

    func validate() throws {
        guard !app.isEmpty, app.utf8.count <= 64, app.allSatisfy({ $0.isLetter || $0.isNumber || "-_".contains($0) })
        else { throw ValidationError("--app is a short name of letters, digits, - and _.") }
    }

    func run() async throws {
        guard let token = try await server.foundToken() else {
            throw CommandFailure(
                "There is no token: give --token, --token-file, or --data when the server runs on this machine.",
                code: "unauthorized", status: .notAllowed)
        }
        let site = server.site ?? "default"
        let (url, secret) = try await server.withClient { client in
            (client.url, sameToken ? token : try await AppToken(app: app, site: site).find(client, orUse: token))
        }
        let context = Context(edgeURL: url, uncachedEdgeURL: url, siteID: site, token: secret)
        if output.json { return try Console.json(context) }
        // Base64 holds nothing that a shell would take for something else.
        Console.output("export NETLIFY_BLOBS_CONTEXT=\(Data(try ClientJSON.encode(context)).base64EncodedString())")
    }
}
