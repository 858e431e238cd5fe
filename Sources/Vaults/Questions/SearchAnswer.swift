package import LarderModel

/// What a question found.
package struct SearchAnswer: Sendable {
    /// An item that was found.
    package struct Hit: Sendable {
        package let store: StoreName
        package let key: EntryKey
        /// Of the event; nil: the item is the entry.
        package let sequence: Int64?
        /// Which of its passages, from 0; nil: it has only one.
        package let passage: Int?
        package let at: Timestamp
        package let score: Double
        /// Its place among all items, from 1, by words and by meaning; nil: it has none.
        package let wordsRank, meaningRank: Int?
        /// The window that it lies in; nil: none were asked for, or it lies in none of them.
        package let window: String?
        /// In UTF-8.
        package let role: [UInt8]?
        /// Of the passage, in UTF-8.
        package let text: [UInt8]
        /// A JSON object.
        package let metadata: [UInt8]
    }

    /// Best first.
    package var hits: [Hit]
    /// How many hits each window has, in its order; nil: none were asked for.
    package var windows: [(name: String, count: Int)]?
    /// How it was searched.
    package var mode: Question.Mode
    /// Items that have a vector of another model only.
    package var otherModel: Int
}
