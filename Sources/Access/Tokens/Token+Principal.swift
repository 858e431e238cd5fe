package import LarderModel

extension Token {
    func principal(_ limiter: RateLimiter?) -> Principal {
        Principal(scopes: scopes, site: site, stores: stores, credential: .token(id: id), limiter: limiter)
    }

    /// The secret of a new token: a recognisable prefix and 256 random bits.
    package static func newSecret() -> String { "ldr_" + Secrets.random() }
    /// The ID of a new token: 64 random bits.
    package static func newID() -> String { String(Secrets.random().prefix(16)) }
}
