import ArgumentParser
import Foundation
import LarderClient

/// `larder undelete`
struct UndeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Bring back a deleted entry, or all that were deleted under a prefix.",
        discussion: """
            An entry can come back where its store keeps versions (versions: 10 or versions: 30d in its policy). One \
            that is there now is not touched.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String?
    @Option(help: "Every deleted key that starts with this; an empty one is every key.") var prefix: String?
    @Option(help: .duration("Only what was deleted within this time.")) var since: Interval?
    @Flag(help: "Only say what would come back.") var dryRun = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (key == nil) != (prefix == nil) else {
            throw ValidationError("Name a KEY or give --prefix, one of the two.")
        }
        guard since == nil || prefix != nil else { throw ValidationError("--since goes with --prefix.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let store = client.store(store)
            var result = Result()
            for (key, version) in try await candidates(store, client) {
                do {
                    if !dryRun { try await store.restore(version.etag, of: key, condition: .ifNew) }
                    result.restored.append(key)
                } catch let error as LarderClientError where error.code == .preconditionFailed {
                    result.skipped.append(key)
                }
            }
            try report(result)
        }
    }

    /// What became of the keys.
    private struct Result: Encodable {
        var restored: [String] = []
        /// They were written again meanwhile.
        var skipped: [String] = []
    }

    private func candidates(_ store: Store, _ client: LarderClient) async throws -> [(String, EntryVersion)] {
        if let key {
            guard let newest = try await store.versions(of: key).first, newest.deleted == true,
                try await !isThere(key, in: store)
            else {
                throw CommandFailure(
                    "'\(key)' is there now, or was not deleted: it is not touched.", code: "conflict")
            }
            return [(key, newest)]
        }
        let begin = since?.duration.map { Date(timeIntervalSinceNow: -Double($0.components.seconds)) }
        let found = try await store.deleted(prefix: prefix ?? "", since: begin)
        if found.isEmpty { try await StoreLookup.find(store.name, client) }
        return found.compactMap { version in version.keyHex == nil ? version.key.map { ($0, version) } : nil }
    }

    private func isThere(_ key: String, in store: Store) async throws -> Bool {
        do {
            _ = try await store.stat(key)
            return true
        } catch let error as LarderClientError where error.code == .notFound {
            return false
        }
    }

    private func report(_ result: Result) throws {
        if output.json { return try Console.json(result) }
        for key in result.restored { Console.output(Terminal.output.name(key)) }
        for key in result.skipped { Console.output("'\(key)' is there now, and was not touched") }
        Console.output("\(Human.entries(Int64(result.restored.count))) \(dryRun ? "would come back" : "came back")")
    }
}
