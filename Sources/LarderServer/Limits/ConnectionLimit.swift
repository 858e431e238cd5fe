import HummingbirdCore

/// Stops accepting at the limit of connections; what comes then waits in the kernel's backlog until one closes.
struct ConnectionLimit: AvailableConnectionsDelegate {
    private let gate: Gatekeeper
    private var count = 0

    init(_ gate: Gatekeeper) { self.gate = gate }

    mutating func connectionOpened() {
        count += 1
        if count == gate.limits.connections { gate.refused(.connections) }
    }

    mutating func connectionClosed() { count -= 1 }

    func isAcceptingNewConnections() -> Bool { count < gate.limits.connections }
}
