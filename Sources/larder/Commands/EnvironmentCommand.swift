import ArgumentParser
import Foundation
import LarderClient

/// `larder env`
struct EnvironmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Print what makes an unmodified @netlify/blobs client use this server.",
        discussion: "Use it as: eval \"$(larder env)\"")

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    private struct Context: Encodable {
        var edgeURL: String
        var uncachedEdgeURL: String
        var siteID: String
        var token: String
    }

    func run() async throws {
        guard let token = await server.foundToken() else {
            throw CommandFailure(
                "There is no token: give --token or LARDER_TOKEN, or --data when the server runs on this machine.",
                code: "unauthorized",
                status: .notAllowed)
        }
        let url = try await LarderClient.withClient(url: server.serverURL) { $0.url }
        let context = Context(edgeURL: url, uncachedEdgeURL: url, siteID: server.site ?? "default", token: token)
        if output.json { return try Console.json(context) }
        // Base64 holds nothing that a shell would take for something else.
        Console.output("export NETLIFY_BLOBS_CONTEXT=\(Data(try ClientJSON.encode(context)).base64EncodedString())")
    }
}
