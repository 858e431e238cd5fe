import LarderModel

/// A conversation of one user, and the key of its log.
package struct ConversationName: Sendable, Hashable {
    package let user: [UInt8]
    package let conversation: [UInt8]

    package init(user: [UInt8], conversation: [UInt8]) {
        self.user = user
        self.conversation = conversation
    }

    /// `{userId}/{conversationId}`, each one segment, so that no two conversations share a key.
    package var key: [UInt8] { Self.segment(user) + [UInt8(ascii: "/")] + Self.segment(conversation) }

    /// What a message calls it.
    var label: String { JSONText.shown(key) }

    /// Segments that have a meaning in the keys of sessions.
    private static let reserved = ["history", "notifications"]

    /// `/` and `%` are percent-encoded, and of a reserved word its first letter, as everywhere where an ID becomes a
    /// segment. A half of a surrogate pair, which no key can hold, is U+FFFD.
    private static func segment(_ id: [UInt8]) -> [UInt8] {
        let text = JSONText.shown(id)
        let isReserved = reserved.contains(text)
        var out: [UInt8] = []
        for (place, byte) in text.utf8.enumerated() {
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") || isReserved && place == 0 {
                out += "%\([byte].hex.uppercased())".utf8
            } else {
                out.append(byte)
            }
        }
        return out
    }
}
