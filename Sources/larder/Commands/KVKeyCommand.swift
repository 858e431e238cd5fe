import ArgumentParser
import LarderClient
import NIOCore

/// `larder kv key`
struct KVKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Write, read, list and remove values.",
        subcommands: [Put.self, Get.self, List.self, Delete.self])

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write a value.")

        @Argument(help: "The key.") var key: String
        @Argument(help: "The value; - is standard input.") var value: String
        @Option(help: "It goes after so many seconds, at least 60.") var ttl: Int?
        @Option(help: "It goes at this time, in seconds since 1970.") var expiration: Int?
        @Option(help: "Metadata: any JSON of at most 1,024 bytes.") var metadata: String?
        @OptionGroup var namespace: KVNamespaceOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        /// Bytes of a value.
        private static let valueMax = 25 << 20

        func run() async throws {
            let bytes = value == "-" ? try await input() : Array(value.utf8)
            try await server.withClient { client in
                try await namespace.values(client).put(
                    key, bytes, metadata: metadata, ttl: ttl, expiration: expiration)
            }
            if output.json { try Console.json(["key": key]) }
        }

        private func input() async throws -> [UInt8] {
            var bytes: [UInt8] = []
            for try await chunk in FileChunks.standardInput {
                bytes.append(contentsOf: chunk.readableBytesView)
                guard bytes.count <= Self.valueMax else {
                    throw CommandFailure("A value is at most 25 MiB.", code: "entry_too_large", status: .overLimit)
                }
            }
            return bytes
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a value, byte for byte.")

        @Argument(help: "The key.") var key: String
        @OptionGroup var namespace: KVNamespaceOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let value = try await server.withClient { try await namespace.values($0).get(key) }
            if output.json { return try Console.json(["key": key, "value": String(buffer: value)]) }
            guard !Terminal.output.isTerminal || !GetCommand.isBinary(value.readableBytesView, after: 0) else {
                throw CommandFailure.usage("'\(key)' is binary and this is a terminal: send it into a file.")
            }
            try await StandardOutput().write(value)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys, in the order of their bytes.")

        @Option(help: "Only keys that start with this.") var prefix = ""
        @OptionGroup var namespace: KVNamespaceOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await server.withClient { client in
                var all: [KVKeyInfo] = []
                try await namespace.values(client).eachPage(prefix: prefix) { page in
                    if output.json { all += page } else { Console.output(page.map(\.name)) }
                }
                if output.json { try Console.json(all) }
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a value.")

        @Argument(help: "The key.") var key: String
        @OptionGroup var namespace: KVNamespaceOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await server.withClient { try await namespace.values($0).delete(key) }
            if output.json { try Console.json(["deleted": key]) }
        }
    }
}

/// `larder kv bulk`
struct KVBulkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulk", abstract: "Write or remove many values at once.",
        subcommands: [Put.self, Delete.self])

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the pairs of a JSON file, all or none.",
            discussion: """
                [{"key": "k", "value": "v", "expiration_ttl": 60, "metadata": {}, "base64": false}]: at most 10,000.
                """)

        @Argument(help: "The file.") var file: String
        @OptionGroup var namespace: KVNamespaceOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let count = try await server.withClient { try await namespace.values($0).bulkPut(.file(file)) }
            if output.json { return try Console.json(["written": count]) }
            Console.output("\(Human.entries(Int64(count))) written")
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the keys of a JSON file.", discussion: #"["key",…]: at most 10,000."#)

        @Argument(help: "The file.") var file: String
        @OptionGroup var namespace: KVNamespaceOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let count = try await server.withClient { try await namespace.values($0).bulkDelete(.file(file)) }
            if output.json { return try Console.json(["deleted": count]) }
            Console.output("\(Human.entries(Int64(count))) removed")
        }
    }
}
