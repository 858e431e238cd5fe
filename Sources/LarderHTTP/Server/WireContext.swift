package import Logging

/// What every connection works with. Immutable; its parts guard themselves.
package struct WireContext: Sendable {
    package let responder: any HTTPResponder
    package let gate: Gatekeeper
    package let logger: Logger
    let tasks = ExchangeTasks()
    let headCheck: HeadCheck
    /// On shutdown, requests under way have this long to finish.
    package let shutdownLimit: Duration

    package init(responder: any HTTPResponder, gate: Gatekeeper, logger: Logger, shutdownLimit: Duration) {
        self.responder = responder
        self.gate = gate
        headCheck = HeadCheck(gate.limits)
        self.logger = logger
        self.shutdownLimit = shutdownLimit
    }
}
