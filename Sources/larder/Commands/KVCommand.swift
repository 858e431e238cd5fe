import ArgumentParser
import LarderClient

/// `larder kv`
struct KVCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kv", abstract: "Namespaces and keys of the KV face, as wrangler has them.",
        discussion: "A namespace is a store, and its values are ordinary entries.",
        subcommands: [KVNamespaceCommand.self, KVKeyCommand.self, KVBulkCommand.self])
}

/// Which namespace.
struct KVNamespaceOptions: ParsableArguments {
    @Option(help: "The namespace, by its name.") var namespace: String?
    @Option(help: "The namespace, by its ID.") var id: String?

    func validate() throws {
        guard (namespace == nil) != (id == nil) else {
            throw ValidationError("Name the namespace by --namespace or by --id, one of the two.")
        }
    }

    /// - Throws: `CommandFailure` when there is none of that name.
    func values(_ client: LarderClient) async throws -> KeyValues {
        if let id { return client.keyValues(of: id) }
        return client.keyValues(of: try await Self.find(namespace ?? "", client).id)
    }

    /// The namespace of a name.
    static func find(_ name: String, _ client: LarderClient) async throws -> KVNamespaceInfo {
        let all = try await client.namespaces()
        guard let found = all.first(where: { $0.title.utf8.elementsEqual(name.utf8) }) else {
            throw CommandFailure.notFound("There is no namespace '\(name)'; 'larder kv namespace list' lists them.")
        }
        return found
    }
}
