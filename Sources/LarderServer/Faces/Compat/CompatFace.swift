import LarderHTTP
import LarderModel

extension Face {
    /// Shapes that clients of other programs expect, each a translation of a store's entries and logs (contract,
    /// «Shapes that old clients expect»).
    static let compat = Face(
        label: "compat", errors: .json,
        routes: [
            Route("/compat/mentraos/session", credentials: [.token, .cookie], SessionObject.kind),
            Route("/compat/mentraos/notifications", credentials: [.token, .cookie], SessionNotifications.kind),
            Route("/compat/agent", credentials: [.token, .cookie]) { (path, _) throws(LarderError) in
                guard case (let session, let word?)? = path?.cut(), !session.isEmpty else { return nil }
                guard let kind = ChatMemory.kind(word) else { return nil }
                return Resource(try CompatKey.key([PercentCoding.decode(session)]), kind)
            },
        ])
}
