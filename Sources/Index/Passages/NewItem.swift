package import LarderModel

/// What is searched of an entry or an event, on its way into the index.
package struct NewItem: Sendable, Hashable {
    /// When it was said; nil: when it is written.
    package var at: Timestamp?
    /// Who says it, in UTF-8; nil: it does not say.
    package var role: [UInt8]?
    /// A JSON object.
    package var metadata: [UInt8]
    /// Its text in pieces; without any it is not found.
    package var passages: [Passage]
    /// What came with it.
    package var vector: Vector?

    /// A piece of its text.
    package struct Passage: Sendable, Hashable {
        /// UTF-8.
        package let text: [UInt8]
        /// Stands for the text in comparisons.
        package let fingerprint: Fingerprint
        /// The counted words, as who ranks them writes them.
        package let words: [UInt8]

        package init(text: [UInt8], fingerprint: Fingerprint, words: [UInt8]) {
            self.text = text
            self.fingerprint = fingerprint
            self.words = words
        }
    }

    /// A vector, checked.
    package struct Vector: Sendable, Hashable {
        /// What made it; empty: nobody said.
        package let model: String
        /// f32 numbers, little-endian.
        package let bytes: [UInt8]

        package init(model: String, bytes: [UInt8]) {
            self.model = model
            self.bytes = bytes
        }
    }

    package init(
        at: Timestamp? = nil, role: [UInt8]? = nil, metadata: [UInt8], passages: [Passage], vector: Vector? = nil
    ) {
        self.at = at
        self.role = role
        self.metadata = metadata
        self.passages = passages
        self.vector = vector
    }
}
