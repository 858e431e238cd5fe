import ArgumentParser

/// `media/trip/photo.jpg`: a store, and a key in it. The name of a store holds no `/`.
struct EntryPlace: ExpressibleByArgument, Equatable {
    var store: String
    var key: String

    init?(argument: String) {
        guard let slash = argument.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        store = String(argument[..<slash])
        key = String(argument[argument.utf8.index(after: slash)...])
        guard !store.isEmpty, !key.isEmpty else { return nil }
    }

    static func == (a: EntryPlace, b: EntryPlace) -> Bool {
        a.store.utf8.elementsEqual(b.store.utf8) && a.key.utf8.elementsEqual(b.key.utf8)
    }
}
