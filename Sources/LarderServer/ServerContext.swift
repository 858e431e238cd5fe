import Access
import BlobStore
import LarderModel
import Logging

/// What the faces work with. Immutable; its parts guard themselves.
struct ServerContext: Sendable {
    let store: BlobStore
    let authenticator: Authenticator
    let signer: URLSigner
    let metrics: RequestMetrics
    let logger: Logger
    let isTLS: Bool
    let publicMetrics: Bool
    let startedAt: ContinuousClock.Instant

    /// Lets a request act on a store, by its signature when it has one, else by its token.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func authorize(_ request: RequestHead, _ scope: Principal.Scope, site: SiteID, store: StoreName? = nil) throws(LarderError) {
        try principal(request).check(scope, site: site, store: store)
    }

    func principal(_ request: RequestHead) throws(LarderError) -> Principal {
        try authenticator.principal(authorization: request.headers.first(name: "authorization"))
    }
}
