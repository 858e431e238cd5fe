import Access
import LarderModel

/// What a request was let in for.
struct Permit: Sendable {
    /// On what grounds.
    var grounds = Grounds.everybody
    var site = SiteID.default
    /// The one store that it is about; nil: its site as a whole, or nothing of a site.
    var store: StoreName?
    /// The same store where it was named as a namespace, with its number.
    var namespace: StoreHandle?
    /// By what right entries are shown.
    var exposure = Exposure.token

    /// Who asks; nil: nobody was asked for a token, or a signature stands in for it.
    var principal: Principal? {
        if case .token(let principal) = grounds { principal } else { nil }
    }

    /// Bytes of content that a signature lets in; nil: as many as the rule allows.
    var maxSize: Int64? {
        if case .signature(let grant) = grounds { grant.maxSize } else { nil }
    }

    /// Who asks, as histories and logs name it.
    var requester: String { principal?.name ?? "anyone" }

    /// Whether lists may show a store.
    func sees(_ store: StoreName) -> Bool { principal?.sees(store) ?? true }

    /// The store, for operations whose right is about one.
    func oneStore() throws(LarderError) -> StoreName {
        guard let store else {
            throw LarderError(.internalError, "Something failed inside the server; its log says what.")
        }
        return store
    }

    /// An entry of that store.
    func entry(_ key: EntryKey) throws(LarderError) -> EntryName {
        EntryName(site: site, store: try oneStore(), key: key)
    }
}
