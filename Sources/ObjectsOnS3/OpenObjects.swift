import Synchronization

/// Which objects this process reads at the moment, so that one that is removed meanwhile goes when its last reader has.
/// For everybody else it is gone at once. State of one process.
final class OpenObjects: Sendable {
    private struct State {
        var readers: [String: Int] = [:]
        var removed: Set<String> = []
    }
    private let state = Mutex(State())
    private let removal: @Sendable (String) async -> Void

    /// - Parameter removal: takes an object away that nobody reads any more.
    init(removal: @escaping @Sendable (String) async -> Void) { self.removal = removal }

    /// Held by whoever reads an object.
    final class Reader: Sendable {
        private let objects: OpenObjects
        private let key: String

        fileprivate init(_ objects: OpenObjects, _ key: String) {
            self.objects = objects
            self.key = key
        }

        deinit { objects.left(key) }
    }

    /// nil: it is being removed.
    func read(_ key: String) -> Reader? {
        let isThere = state.withLock { state in
            guard !state.removed.contains(key) else { return false }
            state.readers[key, default: 0] += 1
            return true
        }
        return isThere ? Reader(self, key) : nil
    }

    func isRemoved(_ key: String) -> Bool { state.withLock { $0.removed.contains(key) } }

    /// From now on nobody begins to read it.
    /// - Returns: whether it is to be taken away by the caller, who then calls ``ended(_:)``; not while others read
    ///   it.
    func remove(_ key: String) -> Bool {
        state.withLock { state in
            state.removed.insert(key)
            return state.readers[key] == nil
        }
    }

    /// It is gone, or stays because taking it away failed.
    func ended(_ key: String) { _ = state.withLock { $0.removed.remove(key) } }

    private func left(_ key: String) {
        let isLast = state.withLock { state in
            let count = (state.readers[key] ?? 1) - 1
            state.readers[key] = count > 0 ? count : nil
            return count == 0 && state.removed.contains(key)
        }
        guard isLast else { return }
        Task {
            await removal(key)
            ended(key)
        }
    }
}
