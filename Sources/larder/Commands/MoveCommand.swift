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

    @OptionGroup var options: CopyOptions

    func run() async throws {
        try await options.copy { client, source in
            try await client.store(options.source.store).delete(options.source.key, ifMatch: source.etag)
        }
    }
}
