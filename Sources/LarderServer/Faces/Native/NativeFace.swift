import LarderModel

extension Face {
    /// Stores, their lists and entries, by token (contract §4.2). Also every other path below `/v1` that no face takes.
    static let native = Face(
        label: "native", errors: .json,
        routes: [
            Route("/v1", credentials: [.token, .cookie], crossOrigin: .listed) { (path, request) throws(LarderError) in
                guard let (word, rest) = path?.cut(), word.isWord("stores") else { return nil }
                guard let rest, !rest.isEmpty else { return Resource((), NativeLists.stores) }
                let (storeText, afterStore) = rest.cut()
                let store = try StoreName(bytes: PercentCoding.decode(storeText))
                guard let afterStore, !afterStore.isEmpty else { return Resource(store, NativeLists.store) }
                let (collectionText, keyText) = afterStore.cut()
                if keyText == nil, collectionText.isWord(NativeForgetting.kind.name) {
                    return Resource(store, NativeForgetting.kind)
                }
                guard let collection = Collection.allCases.first(where: { collectionText.isWord($0.rawValue) }) else {
                    return nil
                }
                guard let keyText else { return collection.list.map { Resource(store, $0) } }
                let key = try EntryKey(bytes: PercentCoding.decode(keyText))
                // The site may yet be that of the token.
                let site = try NativeSite.asked(request) ?? .default
                return Resource(EntryName(site: site, store: store, key: key), collection.kind)
            }
        ])

    /// The ways in which the native face shows what is in a store.
    private enum Collection: String, CaseIterable {
        case entries, properties, logs

        var list: ResourceKind<StoreName>? {
            switch self {
            case .entries: NativeLists.entries
            case .properties: nil
            case .logs: NativeLogs.kind
            }
        }

        var kind: ResourceKind<EntryName> {
            switch self {
            case .entries: NativeEntry.kind
            case .properties: NativeProperties.kind
            case .logs: NativeLog.kind
            }
        }
    }
}
