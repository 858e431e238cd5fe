import ArgumentParser
import LarderClient

/// `larder ls`
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List stores, or one level of a store.",
        discussion: """
            A directory has a slash at its end. A name with characters that are not to be seen, such as a line break, \
            is shown with escapes on a terminal, and in a pipe as a JSON string in quotes; -0 gives all as they are.
            """)

    @Argument(help: "The store; without one, the stores are listed.") var store: String?
    @Argument(help: "Only keys that start with this.") var prefix = ""
    @Flag(name: .customShort("r"), help: "All levels.") var recursive = false
    @Flag(name: .customShort("l"), help: "With size and time.") var long = false
    @Flag(name: [.customShort("0"), .customLong("nul")], help: "End each name with a NUL instead of a line break.")
    var nulEnded = false
    @Flag(help: "Last modified first, all levels.") var newest = false
    @Option(help: "At most so many.") var limit: Int?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
        guard !nulEnded || !long && !output.json else { throw ValidationError("-0 goes with neither -l nor --json.") }
    }

    func run() async throws {
        try await server.withClient { client in
            guard let store else { return try show(try await client.stores()) }
            try await list(client.store(store), client)
        }
    }

    private func list(_ store: Store, _ client: LarderClient) async throws {
        let isFlat = recursive || newest
        let listing = store.list(
            prefix: prefix, delimiter: isFlat ? nil : "/", order: newest ? .newest : .key, limit: limit)
        var document = ListDocument(isWritten: output.json)
        var isEmpty = true
        for try await page in listing.pages {
            if isEmpty, !page.entries.isEmpty || !page.directories.isEmpty { isEmpty = false }
            // An empty list is no answer before it is known that there is such a store.
            if isEmpty { continue }
            if output.json { try document.add(page) } else { show(page) }
        }
        if isEmpty { try await StoreLookup.explainNothing(store.name, prefix: prefix, client) }
        try document.end()
    }

    private func show(_ page: ListPage) {
        var names = page.entries.map { (name: $0.key, entry: Optional($0)) }
        if !page.directories.isEmpty {
            names += page.directories.map { (name: $0 + "/", entry: nil) }
            names.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
        show(names.map { line($0.name, $0.entry) }, names: names.map(\.name))
    }

    private func line(_ name: String, _ entry: Entry?) -> Line {
        let shown = Line(Terminal.output.name(name), entry == nil ? .cyan : nil)
        guard long else { return shown }
        let size = TerminalText.padded(entry.map { Human.bytes($0.size) } ?? "-", toColumns: 9, right: true)
        let time = TerminalText.padded(entry.map { Human.time($0.modifiedAt) } ?? "", toColumns: Human.timeColumns)
        return Line("\(size)  \(time)  ") + shown
    }

    /// Lines for people; with `-0` the names as they are.
    private func show(_ lines: [Line], names: [String]) {
        guard nulEnded else { return Console.output(lines) }
        Console.write(names.map { $0 + "\0" }.joined(), to: 1)
    }

    private func show(_ stores: [StoreInfo]) throws {
        let stores = limit.map { Array(stores.prefix($0)) } ?? stores
        if output.json { return try Console.json(["stores": stores]) }
        guard long else {
            return show(stores.map { Line(Terminal.output.name($0.name)) }, names: stores.map(\.name))
        }
        var table = Table(header: ["entries", "size", "store"], numbers: [0, 1])
        for store in stores { table.add(["\(store.entries)", Human.bytes(store.bytes), store.name]) }
        Console.output(table.lines)
    }
}
