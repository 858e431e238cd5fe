import Synchronization

/// Connections that each client has open. A client is an address (IPv6: a /64); memory is bounded by the connections in
/// all.
final class ClientCounts: Sendable {
    private let counts = Mutex<[IPAddress: Int]>([:])
    private let most: Int
    private let includesLoopback: Bool

    init(most: Int, includesLoopback: Bool) {
        self.most = most
        self.includesLoopback = includesLoopback
    }

    /// Counts one more connection of a client.
    /// - Returns: false when it has as many as it may, and then it does not count.
    func enter(_ address: IPAddress) -> Bool {
        guard includesLoopback || !address.isLoopback else { return true }
        return counts.withLock { counts in
            let count = counts[address.client, default: 0]
            guard count < most else { return false }
            counts[address.client] = count + 1
            return true
        }
    }

    /// Takes back what ``enter(_:)`` counted.
    func leave(_ address: IPAddress) {
        guard includesLoopback || !address.isLoopback else { return }
        counts.withLock { counts in
            let left = counts[address.client, default: 1] - 1
            counts[address.client] = left > 0 ? left : nil
        }
    }

    /// Clients that have a connection.
    var clientCount: Int { counts.withLock { $0.count } }
}
