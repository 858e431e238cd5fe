import LarderModel

/// Stores that belong together by their names: `memory` reads `evals`, `runs` and `audio`; an app's `acme-memory` reads
/// `acme-evals`, `acme-runs` and `acme-audio`.
struct MemoryStores: Hashable, Sendable {
    enum Role: String, CaseIterable, Sendable { case memory, evals, runs, audio }

    /// What stands before the role: empty, or an app's name with its hyphen.
    let prefix: [UInt8]

    /// The family of a memory store, or of any store by its role.
    /// - Returns: nil when the store is not called so.
    init?(_ store: StoreName, as role: Role) {
        let word = role.rawValue.utf8
        guard store.bytes.count >= word.count, store.bytes.suffix(word.count).elementsEqual(word) else { return nil }
        prefix = Array(store.bytes.dropLast(word.count))
        guard prefix.isEmpty || prefix.last == UInt8(ascii: "-") else { return nil }
    }

    /// - Returns: nil when the name would be too long.
    func store(_ role: Role) -> StoreName? { try? StoreName(bytes: prefix + Array(role.rawValue.utf8)) }
}
