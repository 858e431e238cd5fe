import HummingbirdCore

/// Stops accepting at the limit of connections; what comes then waits in the kernel's backlog until one closes.
package struct ConnectionLimit: AvailableConnectionsDelegate {
    private let gate: Gatekeeper
    private var count = 0

    package init(_ gate: Gatekeeper) { self.gate = gate }

    package mutating func connectionOpened() {
        count += 1
        if count == gate.limits.connections { gate.refused(.connections) }
    }

    package mutating func connectionClosed() { count -= 1 }

    package func isAcceptingNewConnections() -> Bool { count < gate.limits.connections }
}
