import Synchronization

/// Collects names and sorts them where they are: a million of them are 40 MB, and a copy as much again.
final class SortedNames: Sendable {
    private let names = Mutex<[ContentName]>([])

    func add(_ more: some Sequence<ContentName>) { names.withLock { $0.append(contentsOf: more) } }

    /// All that were added. To be called once.
    func sorted() -> [ContentName] {
        names.withLock { names in
            names.sort()
            defer { names = [] }
            return names
        }
    }
}
