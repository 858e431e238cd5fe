extension Policy {
    /// What makes a store a vault: its items are found by their words, and by their meaning.
    package struct Index: Sendable, Hashable {
        /// How the vectors of items are compared.
        package enum Metric: String, Sendable, CaseIterable { case cosine, dot, l2 }

        /// What the vectors of a vault are.
        package struct Vector: Sendable, Hashable {
            /// Numbers that each has.
            package var dims: Int
            package var metric: Metric
            /// The one that an item's vector must come from; nil: any.
            package var model: String?

            package init(dims: Int, metric: Metric = .cosine, model: String? = nil) {
                self.dims = dims
                self.metric = metric
                self.model = model
            }

            package static let dimsMax = 4_096
        }

        /// Whether items are found by their words.
        package var hasWords: Bool
        /// nil: items have no vectors.
        package var vector: Vector?
        /// The fields of a JSON object that hold its text, in the order in which they are joined.
        package var fields: [String]

        package static let fieldsDefault = ["content", "text", "message", "summary", "title"]

        package init(hasWords: Bool = true, vector: Vector? = nil, fields: [String] = fieldsDefault) {
            self.hasWords = hasWords
            self.vector = vector
            self.fields = fields
        }

        /// What the items of a vault depend on, as text: with another one they are made anew.
        package var rule: [UInt8] { Array("1 \(fields.joined(separator: ","))".utf8) }
    }
}
