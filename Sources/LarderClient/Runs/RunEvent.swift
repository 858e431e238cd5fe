/// What following a run brings.
public enum RunEvent: Sendable, Hashable {
    /// A connection is made; `last` is the newest sequence number by now, 0 for none.
    case connected(RunState, last: Int64)
    /// An event of the run.
    case progress(LoggedEvent)
    /// Events behind `after` and before `first` were asked for and are gone, by the log's cap or a rule. With a `first`
    /// that is not above `after` the server has another history than before: all that it keeps comes again.
    case gap(after: Int64, first: Int64)
    /// The run ended; the sequence ends too.
    case complete(RunState)
    /// The connection is lost. Nothing is: the next one goes on where this one stopped, after the wait.
    case interrupted(reason: String, retryIn: Duration)
}
