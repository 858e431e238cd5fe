import LarderModel

/// What AgentOS says of a conversation beside its turns: metadata of the log.
struct ConversationHeader: Sendable {
    private static let columns: [StaticString] = [
        "title", "summary", "persona", "agentId", "createdAt", "lastActivity",
    ]

    let name: ConversationName
    private let fields: [(name: StaticString, value: ColumnValue)]

    /// - Parameter row: of `conversations`.
    /// - Throws: ``RowDamage`` when it doesn't say whose conversation it is.
    init(_ row: SourceRow) throws(RowDamage) {
        guard let conversation = row.text("conversationId") else { throw RowDamage(what: "has no conversationId") }
        guard let user = row.text("userId") else { throw RowDamage(what: "has no userId") }
        name = ConversationName(user: user, conversation: conversation)
        fields = Self.columns.compactMap { name in row["\(name)"].map { (name, $0) } }
    }

    /// A merge patch with the fields that `metadata` lacks; nil: it lacks none. What was said of the log since the
    /// first import stays.
    func patch(lackingIn metadata: Set<[UInt8]>) -> [UInt8]? {
        let missing = fields.filter { !metadata.contains(Array("\($0.name)".utf8)) }
        guard !missing.isEmpty else { return nil }
        var json = JSONWriter()
        json.object { json in
            for field in missing {
                json.name(field.name)
                json.value(field.value)
            }
        }
        return json.bytes
    }
}
