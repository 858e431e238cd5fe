package import LarderModel

/// What an event says of its run (contract §4.3).
package struct RunSignal: Sendable, Hashable {
    package var state: RunState
    /// The event's `progress`, when it is a number.
    package var progress: Double?
    /// The event's `message`, when it is a string; cut to 1,000 bytes.
    package var message: String?

    package init(state: RunState = .running, progress: Double? = nil, message: String? = nil) {
        self.state = state
        self.progress = progress
        self.message = message
    }
}
