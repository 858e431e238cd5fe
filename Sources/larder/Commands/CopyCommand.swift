import ArgumentParser

/// `larder cp`
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp", abstract: "Copy an entry, within a store or to another.",
        discussion: """
            Content, content type and metadata come along, and what is left of a \
            TTL. The content goes through this machine; the server keeps it once.
            """)

    @OptionGroup var options: CopyOptions

    func run() async throws { try await options.copy() }
}
