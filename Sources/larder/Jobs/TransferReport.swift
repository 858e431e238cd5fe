import ArgumentParser
import LarderClient

/// What an import or an export did, for people or as JSON.
struct TransferReport {
    let outcome: TransferOutcome
    let verb: String
    let things: String
    let output: OutputOptions
    /// Whether nothing was done, only looked at.
    var isLook = false

    /// - Throws: exit code 1 when something failed.
    func show() throws {
        if output.json {
            try Console.json(outcome)
        } else {
            for failure in outcome.failures {
                Console.error("\(failure.name): \(failure.message)")
            }
            for one in outcome.passedOver { Console.error("passed over \(one.name): \(one.message)") }
            var parts = ["\(outcome.transferred) \(things), \(Human.bytes(outcome.bytes)) \(verb)"]
            if outcome.skipped > 0 { parts.append("\(outcome.skipped) there already") }
            if outcome.ignored > 0 { parts.append("\(outcome.ignored) passed over") }
            if outcome.removed > 0 {
                parts.append("\(Human.entries(outcome.removed)) \(isLook ? "would go" : "removed")")
            }
            if outcome.failed > 0 { parts.append("\(outcome.failed) failed") }
            Console.output(parts.joined(separator: "; "))
        }
        if outcome.failed > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
