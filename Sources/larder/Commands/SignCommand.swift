import ArgumentParser
import LarderClient
import LarderModel

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
    @Option(help: .duration("How long the link is valid, at most 30d.")) var expires = Lifetime(.seconds(86_400))
    @Flag(help: "Make a link to write the entry with PUT.") var put = false
    @Option(help: .size("With --put: how much may be written, such as 10MB. (default: what the store's rule allows)"))
    var maxSize: Room?
    @Flag(help: "Sign with a new key from now on, and make no link.") var rotateKey = false
    @Option(
        help: .duration(
            """
            With --rotate-key: how long links of the present key go on working, at most 30d; 0s: they and all older \
            ones end at once.
            """))
    var keepOld = LifetimeOrZero(.seconds(86_400))
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
        let (link, exists) = try await server.withClient { client in
            let link = try await client.sign(
                store: store, key: key, expiresIn: expires.text, method: put ? "PUT" : "GET",
                maxSize: maxSize?.count.description)
            return (link, put ? true : await isThere(key, in: client.store(store)))
        }
        if output.json { try Console.json(link) } else { Console.output(link.url) }
        guard !exists else { return }
        Console.error("larder: There is no entry '\(key)' in '\(store)' yet: until there is, the link is 404.")
    }

    /// Whether an entry is there; true, too, where that can't be known.
    private func isThere(_ key: String, in store: Store) async -> Bool {
        do { _ = try await store.stat(key) } catch let error as LarderClientError where error.code == .notFound {
            return false
        } catch {}
        return true
    }

    private func rotate() async throws {
        let until = try await server.withClient { try await $0.rotateSigningKey(keepOld: keepOld.text) }
        if output.json { return try Console.json(["oldValidUntil": until.map(ClientJSON.text)]) }
        Console.output(
            until.map { "Links of the old key work until \(Human.time($0))." }
                ?? "Links of the old keys work no longer.")
    }
}
