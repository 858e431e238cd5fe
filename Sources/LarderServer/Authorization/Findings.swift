import LarderModel

/// What was asked of the index before a request is judged once more: there is nothing newer to be known of that.
struct Findings: Sendable {
    /// Whether tokens, sessions and signing keys are as the index has them.
    var hasAccess = false
    /// The store of the namespace that the request names, inside nil where there is none; nil: it was not asked for.
    var namespace: StoreHandle??
}
