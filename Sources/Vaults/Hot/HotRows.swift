import Index
import LarderModel
import Retrieval

/// What ranks the passages of a vault, a row each. A value: who ranks by one keeps it as it is while others bring it up
/// to date.
struct HotRows: Sendable {
    /// What is known of a row beside its words and its vector.
    struct Row: Sendable {
        /// In ``HotRows/items``.
        let item: Int32
        /// Of the passage in its item.
        let number: Int32
        let position: Int64
        let at: Timestamp
        /// In ``HotRows/roles``; -1: nobody is said to speak.
        let role: Int32
        /// In ``HotRows/metadata``.
        let metadata: Int32
        let fingerprint: Fingerprint
        /// Whether it has a vector of another model only.
        let isOfOtherModel: Bool
    }

    /// An entry, or an event.
    struct Item: Sendable {
        /// Of its key in ``HotRows/keys``.
        let document: Int32
        /// Of the event; 0: the item is the entry.
        let sequence: Int64
        /// Of all its passages together.
        var text: Fingerprint
        /// Items that say the same have the same.
        var group: Int32
        /// Passages that it has.
        var count: Int32
    }

    /// Keys of entries and logs, each once.
    var keys: [[UInt8]] = []
    /// What items say: ``Item/group`` is a place in it.
    var texts: [Fingerprint] = []
    var items: [Item] = []
    var rows: [Row] = []
    /// Rows that were not replaced or removed.
    var living = RowSet()
    /// Different ones; a row has their numbers.
    var roles = NumberedTexts()
    var metadata = NumberedTexts()
    var words = WordTable()
    /// nil: the vault has none.
    var vectors: VectorTable?
}

/// Texts that come again and again, each with a number.
struct NumberedTexts: Sendable {
    private(set) var texts: [[UInt8]] = []
    private var numbers: [[UInt8]: Int32] = [:]

    mutating func number(of text: [UInt8]) -> Int32 {
        if let known = numbers[text] { return known }
        let number = Int32(texts.count)
        texts.append(text)
        numbers[text] = number
        return number
    }

    subscript(number: Int32) -> [UInt8] { texts[Int(number)] }
}
