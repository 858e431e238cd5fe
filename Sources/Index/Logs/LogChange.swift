package import LarderModel

/// What a commit changed in one log.
package struct LogChange: Sendable {
    package let name: EntryName
    /// New events, in order, those that the cap took at once included: followers get every event. Empty when the log
    /// was emptied.
    package let events: [LogEvent]
    /// The state after the last of them.
    package let state: RunState
    /// Last sequence number after the change.
    package let last: Int64

    package init(name: EntryName, events: [LogEvent], state: RunState, last: Int64) {
        self.name = name
        self.events = events
        self.state = state
        self.last = last
    }
}
