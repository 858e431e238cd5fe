import LarderModel

/// Which statuses of an agent end its run (contract §4.3).
struct RunEnding {
    private static let finishedWords: Set<String> = [
        "completed", "complete", "done", "finished", "success", "succeeded",
    ]
    private static let failedWords: Set<String> = ["failed", "error"]
    private static let endedWords: Set<String> = ["failed", "error", "cancelled"]
    private static let completedWord: Set<String> = ["completed"]
    private static let completingAgents: [Identifier] = ["completed", "pipeline"]
    private static let failingAgents: [Identifier] = ["system", "quality_gate", "pipeline"]

    private let completing: Set<String>
    private let failing: Set<String>

    /// - Parameters:
    ///   - agent: who speaks, as bytes; nil: the event has no agent, and so speaks for the run itself. Empty: something
    ///     that is no name.
    ///   - rule: the log's.
    init(of agent: [UInt8]?, _ rule: Policy.LogRule) {
        guard let agent else {
            completing = Self.completedWord
            failing = Self.endedWords
            return
        }
        let speaksFor = { (agents: [Identifier]) in agents.contains { $0.bytes == agent } }
        completing = speaksFor(rule.endedBy ?? Self.completingAgents) ? Self.finishedWords : []
        let failed = rule.endedBy == nil ? Self.failedWords : Self.endedWords
        failing = speaksFor(rule.endedBy ?? Self.failingAgents) ? failed : []
    }

    /// - Parameter status: in lower case.
    /// - Returns: nil: the run goes on.
    func state(_ status: String) -> RunState? {
        failing.contains(status) ? .failed : completing.contains(status) ? .completed : nil
    }
}
