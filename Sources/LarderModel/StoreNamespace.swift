/// A store, and what names it on the KV face.
package struct StoreNamespace: Sendable, Hashable {
    package let id: NamespaceID
    package let store: StoreHandle

    package init(id: NamespaceID, store: StoreHandle) {
        self.id = id
        self.store = store
    }
}
