import ArgumentParser
import LarderClient

/// `larder mv`
struct MoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mv", abstract: "Move an entry, within a store or to another.",
        discussion: """
            It is copied first, and then removed, unless it was \
            written again meanwhile: then both stay (exit code 4).
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
            try await client.store(source.store).delete(source.key, ifMatch: done.source.etag)
            return done.copy
        }
        if output.json { return try Console.json(copy) }
        Console.output("\(target.store)/\(copy.key)  \(Human.bytes(copy.size))  \(copy.etag)")
    }
}
