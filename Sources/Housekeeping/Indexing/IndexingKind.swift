import Index
package import LarderModel

extension JobKind {
    /// Makes the items of a vault whose rule is new: of a store that was there before it, or of one whose policy has
    /// changed. Begins by itself.
    static let indexing = JobKind(
        "index-vault", title: { "Indexing of the vault '\($0.name)'" }, JobRequest.indexing, read: nil)
}

extension JobRequest {
    package static func indexing(_ wanted: IndexingRequest) -> JobRequest {
        JobRequest(.indexing, wanted, lane: "index-vault \(wanted.store)") { try IndexingWork(wanted, $0, $1.blobs) }
    }
}

/// A vault whose items are to be made.
package struct IndexingRequest: Codable, Sendable, Hashable {
    /// The index's number of it.
    package let store: Int64
    package let site: String
    /// In hexadecimal: it may be any bytes.
    package let nameHex: String
    /// What it is called, for people.
    package let name: String

    package init(_ store: StoreHandle) {
        self.store = store.id
        site = store.site.text
        nameHex = store.name.bytes.hex
        name = store.name.text
    }
}
