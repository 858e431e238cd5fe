import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

extension Face {
    /// Cloudflare's Workers KV API (contract §4.7): a namespace is a store of the account's site, and its values are
    /// ordinary entries.
    static let kv = Face(
        label: "kv", errors: .kv,
        routes: [
            Route("/client/v4", credentials: [.token, .authKey]) { (path, _) throws(LarderError) in
                try KVRoutes.resource(path)
            }
        ])
}

extension Credential {
    /// `X-Auth-Key`, as older clients of Cloudflare's send their key; here it is a token.
    static let authKey = Credential { (request, server) throws(LarderError) in
        guard let key = request.headers.first(name: "x-auth-key") else { return nil }
        return try server.authenticator.principal(secret: key)
    }
}

/// What the paths of the face name.
enum KVRoutes {
    private static let words = ["storage", "kv", "namespaces"]

    /// `accounts/{account}/storage/kv/namespaces[/{id}[/…]]`
    static func resource(_ path: PathPart?) throws(LarderError) -> Resource? {
        guard let path, case (let first, let afterFirst?) = path.cut(), first.isWord("accounts"),
            case (let accountText, var rest?) = afterFirst.cut()
        else { return nil }
        let account = try KVAccount(PercentCoding.decode(accountText))
        for (place, word) in words.enumerated() {
            let (head, tail) = rest.cut()
            guard head.isWord(word) else { return nil }
            guard let tail, !tail.isEmpty else {
                return place == words.count - 1 ? Resource(account, KVNamespaceList.kind) : nil
            }
            rest = tail
        }
        let (idText, inner) = rest.cut()
        let namespace = KVNamespace(account: account, id: NamespaceID(hex: idText))
        guard let inner, !inner.isEmpty else { return Resource(namespace, KVNamespaceOperations.kind) }
        return try resource(inner, of: namespace)
    }

    /// What is below a namespace.
    private static func resource(_ path: PathPart, of namespace: KVNamespace) throws(LarderError) -> Resource? {
        let (word, rest) = path.cut()
        if word.isWord("values") || word.isWord("metadata") {
            guard let rest else { return nil }
            let entry = KVEntry(namespace: namespace, key: try KVKey.key(PercentCoding.decode(rest)))
            return Resource(entry, word.isWord("values") ? KVValues.kind : KVMetadata.kind)
        }
        if word.isWord("keys"), rest == nil { return Resource(namespace, KVKeyList.kind) }
        guard word.isWord("bulk") else { return nil }
        guard let rest else { return Resource(namespace, KVBulk.kind) }
        if rest.isWord("get") { return Resource(namespace, KVBulkGet.kind) }
        return rest.isWord("delete") ? Resource(namespace, KVBulkDelete.kind) : nil
    }
}
