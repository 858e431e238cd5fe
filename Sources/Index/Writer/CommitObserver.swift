/// Who hears of commits. A type of its own, for a closure that is kept in a `Mutex` bare is wrapped once more by each
/// access to it, until a call of it overflows the stack.
struct CommitObserver: Sendable {
    let notify: @Sendable (CommittedChanges) -> Void
}
