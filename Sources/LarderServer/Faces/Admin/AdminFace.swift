import Housekeeping
import LarderHTTP
import LarderModel

extension Face {
    /// The administration of the server (contract §4.6), for admins of all sites and stores: long work, tokens, secrets
    /// and the history of what admins did.
    static let admin = Face(
        label: "admin", errors: .json,
        routes: JobOperations.begin.map { path, kind in adminRoute(path, kind) } + [
            adminRoute("/jobs") { (id, _) throws(LarderError) in
                guard let id, !id.isEmpty else { return Resource((), JobOperations.jobs) }
                guard let number = String(id).flatMap({ Int64($0) }) else {
                    throw JobRunner.missing(String(id) ?? "")
                }
                return Resource(number, JobOperations.job)
            },
            adminRoute("/tokens") { id, _ in
                guard let id, !id.isEmpty else { return Resource((), TokenOperations.tokens) }
                return Resource(String(decoding: PercentCoding.decode(id), as: UTF8.self), TokenOperations.token)
            },
            adminRoute("/tokens/admin/roll", SecretOperations.rollAdminToken),
            adminRoute("/signing-key/rotate", SecretOperations.rotateSigningKey),
            adminRoute("/audit", AuditPage.kind),
            adminRoute("/nodes", NodeOperations.nodes),
        ])

    private static func adminRoute(
        _ path: String, resource: @escaping @Sendable (PathPart?, RequestHead) throws(LarderError) -> Resource?
    ) -> Route {
        Route("/v1/admin" + path, credentials: [.token, .cookie], crossOrigin: .listed, resource: resource)
    }

    private static func adminRoute(_ path: String, _ kind: ResourceKind<Void>) -> Route {
        Route("/v1/admin" + path, credentials: [.token, .cookie], crossOrigin: .listed, kind)
    }
}
