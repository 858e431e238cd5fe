import ArgumentParser
import LarderClient
import LarderModel

/// `larder put`
struct PutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Write an entry from a file or standard input.")

    @Argument(help: "The store; made by its first entry.") var store: String
    @Argument(help: "The key.") var key: String
    @Argument(help: "The file; - is standard input.") var file = "-"
    @Option(help: "The content type. (default: by the file's or the key's extension)") var type: String?
    @Option(name: .customLong("meta"), help: "A field of the metadata; may be repeated.") var fields: [MetadataField] =
        []
    @Flag(help: "Only if the key has no entry yet.") var ifNew = false
    @Option(help: "Only if the entry still has this ETag.") var ifMatch: String?
    @Option(help: .duration("The entry goes away after this: <n>s, m, h or d.")) var ttl: Lifetime?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !ifNew || ifMatch == nil else { throw ValidationError("--if-new and --if-match exclude each other.") }
    }

    func run() async throws {
        let isInput = file == "-"
        let size = isInput ? nil : try await LocalFile.size(file)
        let bar = ProgressBar("put \(key)", totalBytes: size, isPlainSilent: output.json)
        defer { bar.finish() }
        let body: UploadBody = isInput ? .stream(FileChunks.standardInput) : .file(file)
        let entry = try await server.withClient { client in
            try await client.store(store).set(
                key, body.reporting { bar.update($0) },
                contentType: type ?? (isInput ? nil : MediaType.guess(from: file)) ?? MediaType.guess(from: key),
                metadata: EntryMetadata(fields.map { ($0.name, JSONValue.string($0.value)) }), ttl: ttl?.duration,
                condition: condition)
        }
        bar.finish()
        if output.json {
            try Console.json(entry)
        } else {
            Console.output(
                "\("\(store)/\(entry.key)")  \(Human.bytes(entry.size))  \(entry.etag)")
        }
    }

    private var condition: WriteCondition { ifNew ? .ifNew : ifMatch.map { .ifMatch($0) } ?? .always }
}

/// `name=value`
struct MetadataField: ExpressibleByArgument {
    var name: String
    var value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
        name = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }
}
