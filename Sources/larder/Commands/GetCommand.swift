import ArgumentParser
import LarderClient
import NIOCore

/// `larder get`
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Read an entry to standard output or a file.",
        discussion:
            """
            A file shows its old content until all of the new has arrived and was verified. --json prints the entry \
            once -o FILE is written.
            """
    )

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String
    @Option(name: .shortAndLong, help: "The file; - is standard output, also for binary content on a terminal.")
    var output: String?
    @Option(
        help: ArgumentHelp("A version that was replaced: its ETag, as 'larder history' shows it.", valueName: "etag"))
    var version: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var answer: OutputOptions

    func run() async throws {
        try await server.withClient { client in
            let content = try await client.store(store).get(key, verify: true, version: version)
            let bar = ProgressBar("get \(key)", totalBytes: content.body.length, isPlainSilent: answer.json)
            defer { bar.finish() }
            if let file = output, file != "-" {
                try await content.save(to: file) { bar.update($0) }
                bar.finish()
                if answer.json { try Console.json(content.entry) }
            } else {
                try await show(content, bar)
            }
        }
    }

    private func show(_ content: EntryContent, _ bar: ProgressBar) async throws {
        let standardOutput = StandardOutput()
        var doneBytes: Int64 = 0
        var last: UInt8 = 0
        for try await chunk in content.body {
            if Terminal.output.isTerminal {
                guard output == "-" || !Self.isBinary(chunk.readableBytesView, after: last) else {
                    throw CommandFailure.usage(
                        "'\(key)' is binary and this is a terminal: use -o FILE, or -o - to print it all the same.")
                }
            }
            last = chunk.readableBytesView.last ?? last
            try await standardOutput.write(chunk)
            doneBytes += Int64(chunk.readableBytes)
            if !Terminal.output.isTerminal { bar.update(doneBytes) }
        }
    }

    /// Whether there is something that could do a thing to a terminal: a control character of ASCII, or one of Latin-1,
    /// which UTF-8 writes as `C2 80` to `C2 9F`.
    /// - Parameter last: the byte in front: a piece may begin within a character.
    static func isBinary(_ bytes: some Collection<UInt8>, after last: UInt8) -> Bool {
        var last = last
        for byte in bytes {
            if byte < 0x20 && !(0x09...0x0D).contains(byte) || byte == 0x7F { return true }
            if last == 0xC2, (0x80...0x9F).contains(byte) { return true }
            last = byte
        }
        return false
    }
}
