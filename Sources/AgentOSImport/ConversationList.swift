/// The conversations of a source: which turns belong to each, and what is said of it.
struct ConversationList: Sendable {
    /// A conversation.
    struct Conversation: Sendable {
        let name: ConversationName
        /// nil: the source has no row for it.
        var header: ConversationHeader?
        /// Its turns' numbers, oldest first; of equal times, in the table's order.
        var turns: [Int64] = []
    }

    /// In the order in which they appear.
    private(set) var conversations: [Conversation] = []
    /// Rows that belong nowhere: what they are called, and what is wrong.
    private(set) var damaged: [(label: String, what: String)] = []
    /// All turns that belong somewhere.
    private(set) var turnCount: Int64 = 0

    private var placeOf: [ConversationName: Int] = [:]

    init(headers: [SourceRow], places: [TurnPlace]) {
        var owners: [[UInt8]: [UInt8]] = [:]
        for row in headers {
            do throws(RowDamage) {
                let header = try ConversationHeader(row)
                owners[header.name.conversation] = header.name.user
                conversations[place(of: header.name)].header = header
            } catch {
                damaged.append((row.label, error.what))
            }
        }
        // Sorted once and stably: turns of one conversation then come in their order.
        let sorted = places.enumerated().sorted { a, b in
            let times = (a.element.timestamp ?? 0, b.element.timestamp ?? 0)
            return times.0 == times.1 ? a.offset < b.offset : times.0 < times.1
        }
        for (_, turn) in sorted {
            guard let conversation = turn.conversation, let user = turn.user ?? owners[conversation] else {
                let what = turn.conversation == nil ? "has no conversationId" : "has no userId"
                damaged.append(("\(AgentOSTable.turns) row \(turn.number)", what))
                continue
            }
            conversations[place(of: ConversationName(user: user, conversation: conversation))].turns.append(turn.number)
            turnCount += 1
        }
    }

    private mutating func place(of name: ConversationName) -> Int {
        if let place = placeOf[name] { return place }
        placeOf[name] = conversations.count
        conversations.append(Conversation(name: name))
        return conversations.count - 1
    }
}
