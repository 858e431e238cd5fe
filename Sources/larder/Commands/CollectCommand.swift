import ArgumentParser
import LarderClient
import LarderModel

/// `larder collect`
struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Remove content that no entry refers to any more, and give its room back to the disk.",
        discussion:
            """
            The server does this by itself behind each cleanup. This also compares every count and every file with \
            reality.
            """
    )

    @Option(help: .duration("How long it must have been so: <n>s, m, h or d; 0s is allowed. (default: 10m)"))
    var grace: LifetimeOrZero?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let call = JobCall(server: server, output: output, unit: "steps")
        _ = try await call.run {
            try await $0.collect(grace: grace?.duration)
        } show: {
            show($0)
        }
    }

    private func show(_ result: JSONObject) {
        func count(_ name: String) -> Int64 { result[name]?.count ?? 0 }
        Console.output("\(count("removed")) objects, \(Human.bytes(count("bytes"))) removed")
        if count("orphans") > 0 {
            Console.output("\(count("orphans")) files that nothing named, \(Human.bytes(count("orphanBytes"))) removed")
        }
        if count("vacuumed") > 0 { Console.output("\(Human.bytes(count("vacuumed"))) of the index given back") }
        if count("differences") > 0 {
            Console.output("\(count("differences")) counts of references were wrong, and put right")
        }
        if count("dangling") > 0 {
            Console.output("\(count("dangling")) entries refer to content that is not there: run 'larder verify'")
        }
        if count("foreign") > 0 {
            Console.output("\(count("foreign")) files under objects/ are not Larder's; they were left alone")
        }
    }
}
