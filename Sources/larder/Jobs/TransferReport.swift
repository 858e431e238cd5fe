import ArgumentParser
import LarderClient

/// What an import or an export did, for people or as JSON.
struct TransferReport {
    let outcome: TransferOutcome
    let verb: String
    let things: String
    let output: OutputOptions

    /// - Throws: exit code 1 when something failed.
    func show() throws {
        if output.json {
            try Console.json(outcome)
        } else {
            for failure in outcome.failures {
                Console.error("\(failure.name): \(failure.message)")
            }
            var parts = ["\(outcome.transferred) \(things), \(Human.bytes(outcome.bytes)) \(verb)"]
            if outcome.skipped > 0 { parts.append("\(outcome.skipped) there already") }
            if outcome.ignored > 0 { parts.append("\(outcome.ignored) passed over") }
            if outcome.failed > 0 { parts.append("\(outcome.failed) failed") }
            Console.output(parts.joined(separator: "; "))
        }
        if outcome.failed > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
