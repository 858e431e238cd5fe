import ArgumentParser
import LarderClient

/// `larder ls`
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List stores, or one level of a store.",
        discussion: "A directory has a slash at its end. Times are UTC.")

    @Argument(help: "The store; without one, the stores are listed.") var store: String?
    @Argument(help: "Only keys that start with this.") var prefix = ""
    @Flag(name: .customShort("r"), help: "All levels.") var recursive = false
    @Flag(name: .customShort("l"), help: "With size and time.") var long = false
    @Flag(help: "Last modified first, all levels.") var newest = false
    @Option(help: "At most so many.") var limit: Int?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
    }

    func run() async throws {
        try await server.withClient { client in
            if let store { try await list(client.store(store)) } else { try show(try await client.stores()) }
        }
    }

    private func list(_ store: Store) async throws {
        let isFlat = recursive || newest
        let listing = store.list(
            prefix: prefix, delimiter: isFlat ? nil : "/", order: newest ? .newest : .key, limit: limit)
        var document = ListDocument(isWritten: output.json)
        for try await page in listing.pages {
            if output.json { try document.add(page) } else { show(page) }
        }
        try document.end()
    }

    private func show(_ page: ListPage) {
        var lines = page.entries.map {
            (key: $0.key, line: line(size: Human.bytes($0.size), time: Human.time($0.modifiedAt), $0.key))
        }
        if !page.directories.isEmpty {
            lines += page.directories.map { (key: $0 + "/", line: line(size: "-", time: "", $0 + "/", .cyan)) }
            lines.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        }
        // A page at once: a call for each line would take longer than the page did.
        if !lines.isEmpty { Console.output(lines.map(\.line).joined(separator: "\n")) }
    }

    private func line(size: String, time: String, _ name: String, _ style: Terminal.Style? = nil) -> String {
        let safe = Terminal.output.safe(name)
        let shown = style.map { Terminal.output.styled(safe, $0) } ?? safe
        return long
            ? TerminalText.padded(size, toColumns: 9, right: true) + "  " + TerminalText.padded(time, toColumns: 19)
                + "  " + shown : shown
    }

    private func show(_ stores: [StoreInfo]) throws {
        let stores = limit.map { Array(stores.prefix($0)) } ?? stores
        if output.json { return try Console.json(["stores": stores]) }
        guard long else {
            for store in stores { Console.output(Terminal.output.safe(store.name)) }
            return
        }
        var table = Table(header: ["entries", "size", "store"], numbers: [0, 1])
        for store in stores {
            table.add(["\(store.entries)", Human.bytes(store.bytes), Terminal.output.safe(store.name)])
        }
        table.lines.forEach(Console.output)
    }
}
