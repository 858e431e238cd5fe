import ArgumentParser
import LarderClient

/// `larder stat`
struct StatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stat", abstract: "Show what is known of an entry.")

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let entry = try await server.withClient { try await $0.store(store).stat(key) }
        if output.json { try Console.json(entry) } else { try show(entry) }
    }

    private func show(_ entry: Entry) throws {
        var rows = [
            ("key", entry.key), ("size", "\(Human.bytes(entry.size)) (\(entry.size) bytes)"),
            ("type", entry.contentType),
            ("etag", entry.etag), ("created", Human.time(entry.createdAt)),
            ("modified", Human.time(entry.modifiedAt)),
        ]
        if let expires = entry.expiresAt { rows.append(("expires", Human.time(expires))) }
        rows.append(("sha256", entry.sha256))
        rows.append(("stored", "\(Human.bytes(entry.storedSize)) (\(entry.encoding))"))
        if !entry.metadata.isEmpty {
            rows.append(("metadata", String(decoding: entry.metadata.json, as: UTF8.self)))
        }
        for (name, value) in rows {
            Console.output(Line(TerminalText.padded(name, toColumns: 10), .dim) + Line(value))
        }
    }
}
