import Access
import BlobStore
import LarderModel

extension Face {
    /// Entries for everybody: of public stores, and of any store by signature or by the console's cookie (contract
    /// §4.5).
    static let `public` = Face(
        label: "public", errors: .json,
        routes: [
            Route("/.netlify/blobs", credentials: [.token, .cookie], crossOrigin: .listed) {
                (path, request) throws(LarderError) in
                guard let path, case (let storeText, let keyText?) = path.cut() else { return nil }
                let name = EntryName(
                    site: try NativeSite.asked(request) ?? .default,
                    store: try StoreName(bytes: PercentCoding.decode(storeText)),
                    key: try EntryKey(bytes: PercentCoding.decode(keyText)))
                return Resource(name, entry)
            }
        ])

    private static let entry = ResourceKind<EntryName>(
        "entry", [.readEntry(by: Right(permit: publicRead), fields: { _, _ in })])

    /// By signature where the request carries one; else where the policy calls the store public; else by the console's
    /// cookie alone: it shows its own pages what they list.
    @Sendable private static func publicRead(_ name: EntryName, _ caller: Caller) throws(LarderError) -> Permit {
        var permit = Permit(site: name.site, store: name.store)
        if let signature = try caller.signature() {
            permit.grounds = .signature(signature)
            permit.exposure = .signature
            return permit
        }
        let policies = caller.server.blobs.policies, policy = policies.policy(for: name.store)
        if policy.isPublic {
            permit.exposure = .everybody(policies.rule(for: name.key, in: policy).cacheControl ?? policy.cacheControl)
            return permit
        }
        guard let visitor = try caller.principal(by: .cookie) else {
            throw LarderError(
                .forbidden, "The store '\(name.store)' is not public; a signed URL opens one entry of it.")
        }
        try visitor.check(.read, site: name.site, store: name.store)
        permit.grounds = .token(visitor)
        return permit
    }
}
