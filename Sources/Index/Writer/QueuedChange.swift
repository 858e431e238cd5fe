import LarderModel

/// A change that waits for the writer's thread.
struct QueuedChange: Sendable {
    /// What it is about to ask; empty: nothing that is worth asking ahead.
    let foresight: [Foresight]
    /// Whether it is taken while clients' changes are refused for a while.
    let isExempt: Bool
    /// Applies the change; never throws past this closure, but says whether it failed.
    let apply: @Sendable (IndexTransaction) -> Applied
    /// Called instead of `apply` when the change is refused.
    let refuse: @Sendable (LarderError) -> Void

    /// Why all of a transaction has to be begun again.
    enum Retry: Sendable, Hashable {
        /// Others have changed what it is about.
        case overtaken
        /// It has to be the only one that writes.
        case crowded

        /// - Parameter isRemote: whether others write beside this process; else a row that is there already is nothing
        ///   that another try could mend.
        init?(_ error: any Error, isRemote: Bool) {
            switch (error as? SQLFailure)?.kind {
            case .undone: self = .overtaken
            case .constraint where isRemote: self = .overtaken
            case .crowded: self = .crowded
            default: return nil
            }
        }
    }

    /// A change whose transaction has not ended.
    struct Applied: Sendable {
        let failed: Bool
        /// Why it failed, where that is a reason to begin again.
        var retry: Retry?
        /// To be called when the transaction's fate is known.
        let finish: @Sendable (_ commitFailure: LarderError?) -> Void

        /// The same, failed.
        func failing(_ error: LarderError) -> Applied {
            failed ? self : Applied(failed: true) { [finish] in finish($0 ?? error) }
        }
    }
}
