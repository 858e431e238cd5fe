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
                let (collection, keyText) = afterStore.cut()
                let isEntries = collection.isWord("entries")
                guard isEntries || collection.isWord("properties") else { return nil }
                guard let keyText else { return isEntries ? Resource(store, NativeLists.entries) : nil }
                let key = try EntryKey(bytes: PercentCoding.decode(keyText))
                // The site may yet be that of the token.
                let site = try NativeSite.asked(request) ?? .default
                let name = EntryName(site: site, store: store, key: key)
                return Resource(name, isEntries ? NativeEntry.kind : NativeProperties.kind)
            }
        ])
}
