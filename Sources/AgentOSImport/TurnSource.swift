/// Where a turn belongs, and where it lies in its source.
package struct TurnPlace: Sendable, Hashable {
    /// What ``TurnSource/turns(_:)`` takes, and what messages call the row.
    package let number: Int64
    /// nil: missing or NULL.
    package let user: [UInt8]?
    /// nil: missing or NULL.
    package let conversation: [UInt8]?
    /// For the order within a conversation; nil: missing, or no number.
    package let timestamp: Double?

    package init(number: Int64, user: [UInt8]?, conversation: [UInt8]?, timestamp: Double?) {
        self.number = number
        self.user = user
        self.conversation = conversation
        self.timestamp = timestamp
    }
}

/// AgentOS's tables `conversations` and `conversation_turns`, wherever they were found. Only what is asked for is in
/// memory, except of a backup, which is one JSON text.
package protocol TurnSource: Sendable {
    /// The rows of `conversations`; none where there is no such table.
    /// - Throws: `LarderClientError` `fileError`.
    func headers() async throws -> [SourceRow]

    /// Every row of `conversation_turns`, in the table's order.
    /// - Throws: `LarderClientError` `fileError`.
    func places() async throws -> [TurnPlace]

    /// The rows with these numbers, in the order of the numbers given.
    /// - Throws: `LarderClientError` `fileError`.
    func turns(_ numbers: [Int64]) async throws -> [SourceRow]
}

/// Names of AgentOS's tables.
enum AgentOSTable {
    static let conversations = "conversations", turns = "conversation_turns"
}
