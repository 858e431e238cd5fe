import ArgumentParser
import LarderClient
import LarderModel

/// `larder token`
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list, show and revoke tokens.",
        subcommands: [Create.self, List.self, Show.self, Revoke.self, RollAdmin.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the token that commands use here, such as for the console.",
            discussion: "Where it comes from is told on standard error.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let token = try await server.foundToken() else {
                throw CommandFailure.notFound(
                    "There is no token in \(server.tokenPath): give --token, --token-file, or the server's --data.")
            }
            let place = server.token == nil ? server.tokenPath : "--token or LARDER_TOKEN"
            if output.json { return try Console.json(["token": token, "from": place]) }
            Console.output(token)
            Console.error("larder: That is the token of \(place).")
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token; it is shown once.",
            discussion:
                """
                For example a worker that writes runs and progress: larder token create --write --read --store \
                '*runs' --store progress --expires 90d
                """
        )

        @Flag(help: "It may read.") var read = false
        @Flag(help: "It may write.") var write = false
        @Flag(help: "It may do everything within its site and stores; for all of them, administration too.") var admin =
            false
        @Option(name: .customLong("for-site"), help: "The one site it is for; all, when absent.") var forSite: String?
        @Option(name: .customLong("store"), help: "A pattern of stores it is for; may be repeated; all, when absent.")
        var stores: [String] = []
        @Option(help: .duration("How long it is valid, such as 90d; for ever, when absent.")) var expires: Lifetime?
        @Option(help: "A note for people.") var note: String?
        @Option(help: "Requests it may make in a second. (default: the server's)") var requestsPerSecond: Int?
        @Option(help: .size("Bytes of bodies that may come and go in a second, such as 10MB. (default: the server's)"))
        var bytesPerSecond: Room?
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard read || write || admin else { throw ValidationError("Say what it may do: --read, --write, --admin.") }
            for pattern in stores {
                do { _ = try Glob(pattern).forStores() } catch {
                    throw ValidationError("--store: \(error.message)")
                }
            }
        }

        func run() async throws {
            let scopes = [("read", read), ("write", write), ("admin", admin)].filter(\.1).map(\.0)
            let made = try await server.withClient {
                try await $0.createToken(
                    scopes: scopes, site: forSite, stores: stores.isEmpty ? nil : stores, expiresIn: expires?.text,
                    note: note,
                    requestsPerSecond: requestsPerSecond, bytesPerSecond: bytesPerSecond?.count.bytes)
            }
            if output.json { return try Console.json(made) }
            Console.output(made.token ?? "")
            Console.error(
                "larder: Token \(made.id): its text is shown once, here. 'larder token revoke \(made.id)' ends it.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tokens, without their secrets.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let tokens = try await server.withClient { try await $0.tokens() }
            if output.json { return try Console.json(["tokens": tokens]) }
            var table = Table(
                header: ["id", "scopes", "site", "stores", "created", "expires", "last used", "limits", "note"],
                numbers: [])
            for token in tokens {
                table.add([
                    token.id, token.scopes.joined(separator: ","), token.site ?? "all",
                    token.stores?.joined(separator: " ") ?? "all",
                    Human.time(token.createdAt),
                    token.expiresAt.map(Human.time) ?? "never", token.lastUsedAt.map(Human.time) ?? "never",
                    limits(token),
                    token.note,
                ])
            }
            Console.output(table.lines)
        }

        private func limits(_ token: TokenInfo) -> String {
            let limits = [
                token.requestsPerSecond.map { "\($0)/s" }, token.bytesPerSecond.map { Human.bytes($0) + "/s" },
            ].compactMap { $0 }
            return limits.isEmpty ? "-" : limits.joined(separator: " ")
        }
    }

    struct RollAdmin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a new admin token in the place of the old one, which is out of force at once.",
            discussion:
                """
                The commands on the server's machine find the new one in <data>/admin.token; everybody else needs it \
                from here.
                """
        )

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let token = try await server.withClient { try await $0.rollAdminToken() }
            if output.json { return try Console.json(["token": token]) }
            Console.output(token)
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token; it is out of force at once.")

        @Argument(help: "The token's ID, from the list.") var id: String
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await server.withClient { try await $0.revokeToken(id) }
            if output.json { try Console.json(["revoked": id]) }
        }
    }
}
