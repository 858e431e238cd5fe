import Access
import BlobStore
import LarderHTTP
import LarderModel

/// Whose namespaces a path is about.
struct KVAccount: Sendable, Equatable {
    /// nil: the token's own site.
    let site: SiteID?

    /// - Parameter text: a site, or 32 hexadecimal digits, as Cloudflare's accounts have: the token's own site.
    /// - Throws: `LarderError` `.invalidSite`.
    init(_ text: [UInt8]) throws(LarderError) {
        guard NamespaceID(hex: text) == nil else {
            site = nil
            return
        }
        guard let text = String(validating: text, as: UTF8.self) else {
            throw LarderError(.invalidSite, "An account is a site, or 32 hexadecimal digits.")
        }
        site = try SiteID(text)
    }

    /// The site, for who asks.
    func site(of principal: Principal) -> SiteID { site ?? principal.site ?? .default }
}

/// A namespace as a path names it.
struct KVNamespace: Sendable {
    let account: KVAccount
    /// nil: what no namespace has.
    let id: NamespaceID?
}

/// A key of it.
struct KVEntry: Sendable {
    let namespace: KVNamespace
    let key: EntryKey
}

/// What Cloudflare takes for a key.
enum KVKey {
    static let maxBytes = 512

    /// - Parameter bytes: already percent-decoded.
    /// - Throws: `LarderError` `.targetTooLong` beyond 512 bytes, `.invalidKey`.
    static func key(_ bytes: [UInt8]) throws(LarderError) -> EntryKey {
        guard bytes.count <= maxBytes else {
            throw LarderError(.targetTooLong, "A key is at most \(maxBytes) bytes; this one has \(bytes.count).")
        }
        guard !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8) else {
            throw LarderError(.invalidKey, "'.' and '..' are no keys.")
        }
        guard isValidUTF8(bytes) else { throw LarderError(.invalidKey, "A key must be UTF-8.") }
        return try EntryKey(bytes: bytes)
    }
}

extension Right where Target == KVNamespace {
    /// A namespace: the right that its store takes. Where there is no such namespace, the permit has no store, and the
    /// handler says so.
    static func kv(_ scope: Principal.Scope) -> Right {
        Right { (target, caller) throws(LarderError) in try caller.permit(scope, target) }
    }
}

extension Right where Target == KVEntry {
    static func kv(_ scope: Principal.Scope) -> Right {
        Right { (target, caller) throws(LarderError) in try caller.permit(scope, target.namespace) }
    }
}

extension Right where Target == KVAccount {
    static func kv(_ scope: Principal.Scope) -> Right {
        Right { (account, caller) throws(LarderError) in
            try caller.permit(scope, site: account.site(of: try caller.principal()))
        }
    }
}

extension Caller {
    fileprivate func permit(_ scope: Principal.Scope, _ target: KVNamespace) throws(LarderError) -> Permit {
        let principal = try principal()
        let site = target.account.site(of: principal)
        let found = try store(of: target.id)
        let store = found?.site == site ? found : nil
        try principal.check(scope, site: site, store: store?.name)
        return Permit(grounds: .token(principal), site: site, store: store?.name, namespace: store)
    }

    /// What the index has where other nodes give namespaces their names too; memory has it where they don't.
    private func store(of id: NamespaceID?) throws(LarderError) -> StoreHandle? {
        guard let id else { return nil }
        guard server.blobs.isShared else { return server.namespaces[id] }
        guard let found = findings.namespace else {
            throw LarderError(.notFound, "There is no such namespace.", unknown: .namespace(id))
        }
        return found
    }
}

extension Call {
    /// Reads something of a namespace's store, and again where its name changed meanwhile. What is read has to be that
    /// of the store by its number: its name may have been another one's in between, and be its own again.
    /// - Returns: nil when there is no such namespace.
    func kvRead<R: Sendable>(_ namespace: KVNamespace, _ read: (StoreHandle) async throws -> R) async throws -> R? {
        guard var store = permit.namespace, let id = namespace.id else { return nil }
        while true {
            try permit.principal?.check(.read, site: store.site, store: store.name)
            let found = try await read(store)
            guard let now = try await server.namespaces.current(id) else { return nil }
            if now == store { return found }
            store = now
        }
    }
}
