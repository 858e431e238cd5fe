import ArgumentParser
import LarderClient

/// What `larder cp` and `larder mv` share.
struct CopyOptions: ParsableArguments {
    @Argument(help: "The entry, as STORE/KEY.") var source: EntryPlace
    @Argument(help: "Where to, as STORE/KEY.") var target: EntryPlace
    @Flag(help: "Only if there is no entry yet.") var ifNew = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard source != target else { throw ValidationError("The entry is there already.") }
    }

    /// Copies the entry and says what came of it.
    /// - Parameter finish: what is done then, with the client and the entry that was copied.
    func copy(then finish: (LarderClient, Entry) async throws -> Void = { _, _ in }) async throws {
        let copy = try await server.withClient { client in
            let done = try await client.copy(
                source.key, of: source.store, to: target.key, of: target.store, condition: ifNew ? .ifNew : .always)
            try await finish(client, done.source)
            return done.copy
        }
        if output.json { return try Console.json(copy) }
        Console.output("\(target.store)/\(copy.key)  \(Human.bytes(copy.size))  \(copy.etag)")
    }
}
