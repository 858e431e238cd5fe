import LarderModel

/// A change that waits for the writer's thread.
struct QueuedChange: Sendable {
    /// What it is about to ask; nil: nothing that is worth asking ahead.
    let foresight: Foresight?
    /// Applies the change; never throws past this closure, but says whether it failed.
    let apply: @Sendable (IndexTransaction) -> Applied
    /// Called instead of `apply` when the change is refused.
    let refuse: @Sendable (LarderError) -> Void

    /// A change whose transaction has not ended.
    struct Applied: Sendable {
        let failed: Bool
        /// To be called when the transaction's fate is known.
        let finish: @Sendable (_ commitFailure: LarderError?) -> Void

        /// The same, failed.
        func failing(_ error: LarderError) -> Applied {
            failed ? self : Applied(failed: true) { [finish] in finish($0 ?? error) }
        }
    }
}
