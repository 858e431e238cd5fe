/// What following a log brings.
public enum LogFollowEvent: Sendable, Hashable {
    /// A connection is made; `last` is the newest sequence number by now, 0 for none.
    case connected(last: Int64)
    /// An event of the log.
    case event(LoggedEvent)
    /// Events behind `after` and before `first` were asked for and are gone, by the log's limits or a rule. With a
    /// `first` that is not above `after` the server has another history than before: all that it keeps comes again.
    case gap(after: Int64, first: Int64)
    /// The log has states (it is a run's), and ended in this one; the sequence ends too.
    case complete(RunState)
    /// The connection is lost. Nothing is: the next one goes on where this one stopped, after the wait.
    case interrupted(reason: String, retryIn: Duration)

    init(_ event: RunEvent) {
        self =
            switch event {
            case .connected(_, let last): .connected(last: last)
            case .progress(let event): .event(event)
            case .gap(let after, let first): .gap(after: after, first: first)
            case .complete(let state): .complete(state)
            case .interrupted(let reason, let retryIn): .interrupted(reason: reason, retryIn: retryIn)
            }
    }
}
