import ArgumentParser
import LarderClient

/// `larder sign STORE KEY`
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Make a link that opens one entry without a token.",
        discussion: """
            Whoever has the link can read the entry (with --put: write it) until it expires. It can't be taken back, \
            but for 'larder sign --rotate-key --keep-old 0s', which ends all links at once.
            """)

    @Argument(help: "The store.") var store: String?
    @Argument(help: "The key.") var key: String?
    @Option(help: "How long the link is valid, at most 30d.") var expires = "24h"
    @Flag(help: "Make a link to write the entry with PUT.") var put = false
    @Option(help: "With --put: how much may be written, such as 10MB. (default: what the store's rule allows)")
    var maxSize: String?
    @Flag(help: "Sign with a new key from now on, and make no link.") var rotateKey = false
    @Option(
        help:
            """
            With --rotate-key: how long links of the present key go on working, at most 30d; 0s: they and all older \
            ones end at once.
            """
    )
    var keepOld = "24h"
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if rotateKey {
            guard store == nil, !put, maxSize == nil else {
                throw ValidationError("--rotate-key makes no link; leave the rest out.")
            }
        } else {
            guard store != nil, key != nil else { throw ValidationError("Name the store and the key.") }
            guard put || maxSize == nil else { throw ValidationError("--max-size goes with --put.") }
        }
    }

    func run() async throws {
        if rotateKey { return try await rotate() }
        guard let store, let key else { return }
        let link = try await server.withClient {
            try await $0.sign(store: store, key: key, expiresIn: expires, method: put ? "PUT" : "GET", maxSize: maxSize)
        }
        if output.json { try Console.json(link) } else { Console.output(link.url) }
    }

    private func rotate() async throws {
        let until = try await server.withClient { try await $0.rotateSigningKey(keepOld: keepOld) }
        if output.json { return try Console.json(["oldValidUntil": until.map(ClientJSON.text)]) }
        Console.output(
            until.map { "Links of the old key work until \(ClientJSON.text($0))." }
                ?? "Links of the old keys work no longer.")
    }
}
