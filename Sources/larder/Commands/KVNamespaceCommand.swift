import ArgumentParser
import LarderClient

/// `larder kv namespace`
struct KVNamespaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "namespace", abstract: "Make, list, rename and remove namespaces.",
        subcommands: [Create.self, List.self, Rename.self, Delete.self])

    /// What a preview's namespace is called.
    private static func previewName(_ name: String) -> String { name + "_preview" }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a namespace; the line for wrangler.toml is printed.",
            discussion: "With --preview it is NAME_preview. The line names both where there are both.")

        @Argument(help: "The name: of the store, and of the binding.") var name: String
        @Flag(help: "Make the one for previews.") var preview = false
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await server.withClient { client in
                let made = try await client.createNamespace(preview ? previewName(name) : name)
                if output.json { return try Console.json(made) }
                let other = preview ? name : previewName(name)
                let beside = try await client.namespaces().first { $0.title.utf8.elementsEqual(other.utf8) }
                let (id, previewID) = preview ? (beside?.id, made.id) : (made.id, beside?.id)
                Console.error("larder: Add this to wrangler.toml:")
                Console.output(line(id: id, previewID: previewID))
            }
        }

        private func line(id: String?, previewID: String?) -> String {
            let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            let fields = [
                #"binding = "\#(quoted)""#, id.map { #"id = "\#($0)""# }, previewID.map { #"preview_id = "\#($0)""# },
            ]
            return "kv_namespaces = [{ \(fields.compactMap { $0 }.joined(separator: ", ")) }]"
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the namespaces: every store is one.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let all = try await server.withClient { try await $0.namespaces() }
            if output.json { return try Console.json(all) }
            var table = Table(header: ["id", "title"], numbers: [])
            for one in all { table.add([one.id, one.title]) }
            Console.output(table.lines)
        }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Rename a namespace; its ID and its keys stay.")

        @Argument(help: "The name that it has.") var old: String
        @Argument(help: "The new name.") var new: String
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let renamed = try await server.withClient { client in
                try await client.renameNamespace(try await KVNamespaceOptions.find(old, client).id, to: new)
            }
            if output.json { return try Console.json(renamed) }
            Console.output("\(renamed.id)  \(renamed.title)")
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a namespace with all its keys.",
            discussion: "On a terminal it asks; elsewhere say --yes.")

        @Argument(help: "Its name.") var name: String
        @Flag(name: .shortAndLong, help: "Don't ask.") var yes = false
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await server.withClient { client in
                let found = try await KVNamespaceOptions.find(name, client)
                if !yes {
                    guard Confirmation.isPossible else {
                        throw CommandFailure.usage("This removes all keys of '\(name)': say so with --yes.")
                    }
                    guard try await Confirmation.ask("Remove the namespace '\(name)' with all its keys?") else {
                        throw CommandFailure("Nothing was removed.", code: "cancelled")
                    }
                }
                try await client.deleteNamespace(found.id)
                if output.json { return try Console.json(found) }
                Console.output("\(found.id)  \(found.title)  removed")
            }
        }
    }
}
