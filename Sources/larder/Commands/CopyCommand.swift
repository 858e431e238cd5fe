import ArgumentParser
import LarderClient

/// `larder cp`
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp", abstract: "Copy an entry, within a store or to another.",
        discussion: """
            Content, content type and metadata come along, and what is left of a \
            TTL. The content goes through this machine; the server keeps it once.
            """)

    @Argument(help: "The entry, as STORE/KEY.") var source: EntryPlace
    @Argument(help: "Where to, as STORE/KEY.") var target: EntryPlace
    @Flag(help: "Only if there is no entry yet.") var ifNew = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard source != target else { throw ValidationError("The entry is there already.") }
    }

    func run() async throws {
        let copy = try await server.withClient { client in
            let done = try await client.copy(
                source.key, of: source.store, to: target.key, of: target.store, condition: ifNew ? .ifNew : .always)
            return done.copy
        }
        if output.json { return try Console.json(copy) }
        Console.output("\(target.store)/\(copy.key)  \(Human.bytes(copy.size))  \(copy.etag)")
    }
}
