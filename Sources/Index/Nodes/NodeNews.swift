package import LarderModel

/// What one node tells the others of a commit: what they may look at again.
package struct NodeNews: Sendable, Hashable {
    /// Something that can be followed, by a number that follows from its name: two may have the same, and then one is
    /// looked at in vain.
    package struct Subject: Sendable, Hashable {
        let hash: UInt64

        package static func entry(_ name: EntryName) -> Subject {
            var hash = FNV()
            hash.add(1, name.site.text.utf8)
            hash.add(2, name.store.bytes)
            hash.add(3, name.key.bytes)
            return Subject(hash: hash.value)
        }

        /// Any log of a store.
        package static func logs(of store: StoreName, in site: SiteID) -> Subject {
            var hash = FNV()
            hash.add(4, site.text.utf8)
            hash.add(5, store.bytes)
            return Subject(hash: hash.value)
        }

        package static func job(_ number: Int64) -> Subject {
            var hash = FNV()
            hash.add(6, String(number).utf8)
            return Subject(hash: hash.value)
        }
    }

    /// What changed; nil: anything may have.
    package var subjects: Set<Subject>?
    /// Whether tokens, secrets or sessions changed.
    package var hasAccess: Bool
    /// Whether stores have other names, or were removed.
    package var hasStores: Bool

    package init(subjects: Set<Subject>? = [], hasAccess: Bool = false, hasStores: Bool = false) {
        self.subjects = subjects
        self.hasAccess = hasAccess
        self.hasStores = hasStores
    }

    /// Whatever may have happened.
    package static let unknown = NodeNews(subjects: nil, hasAccess: true, hasStores: true)

    package var isEmpty: Bool { subjects?.isEmpty ?? false && !hasAccess && !hasStores }

    package func concerns(_ subject: Subject) -> Bool { subjects?.contains(subject) ?? true }

    package mutating func add(_ other: NodeNews) {
        if let more = other.subjects { subjects?.formUnion(more) } else { subjects = nil }
        hasAccess = hasAccess || other.hasAccess
        hasStores = hasStores || other.hasStores
        if let count = subjects?.count, count > Self.subjectsMax { subjects = nil }
    }

    /// More are told as «anything».
    static let subjectsMax = 500

    // MARK: As text

    /// `<flags> <subjects>`, each of those in base 36; `*` for all.
    var text: String {
        let flags = "\(hasAccess ? "a" : "")\(hasStores ? "s" : "")-"
        guard let subjects else { return "\(flags) *" }
        return "\(flags) " + subjects.map { String($0.hash, radix: 36) }.joined(separator: " ")
    }

    /// What can't be understood may say anything.
    init(parsing text: Substring) {
        let words = text.split(separator: " ")
        guard let flags = words.first else {
            self = .unknown
            return
        }
        hasAccess = flags.contains("a")
        hasStores = flags.contains("s")
        var found: Set<Subject> = []
        for word in words.dropFirst() {
            guard let hash = UInt64(word, radix: 36) else {
                subjects = nil
                return
            }
            found.insert(Subject(hash: hash))
        }
        subjects = found
    }
}

/// Fowler–Noll–Vo, 64 bits, the variant 1a: the same in every process.
private struct FNV {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ kind: UInt8, _ bytes: some Sequence<UInt8>) {
        add(kind)
        for byte in bytes { add(byte) }
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
