import LarderModel

/// What a store's rules say of age, at one moment.
struct CleanupRules: Sendable {
    private let policies: PolicyBook
    private let policy: Policy
    private let now: Timestamp
    private let olderThan: Duration?
    /// Whether `olderThan` holds for what is kept for ever, too.
    private let takesEverything: Bool
    /// The one rule of the store, when its first covers every key: then no key needs to be matched.
    private let only: Policy.Rule?

    init(_ store: StoreName, _ policies: PolicyBook, _ request: CleanupRequest, now: Timestamp) {
        self.policies = policies
        policy = policies.policy(for: store)
        self.now = now
        olderThan = request.olderThan
        takesEverything = request.store != nil || request.project != nil
        only = policy.rules.first.flatMap { $0.keys.text == "**" ? $0 : nil }
    }

    /// An entry of the rule that was last changed then, or before, goes. Nil: it is kept for ever.
    func cutoff(_ rule: Policy.Rule) -> Timestamp? {
        guard let olderThan else { return rule.keep.map { now - $0 } }
        return rule.keep != nil || takesEverything ? now - olderThan : nil
    }

    /// The rule that holds for a key.
    func rule(_ key: EntryKey) -> Policy.Rule { only ?? policies.rule(for: key, in: policy) }

    /// The one rule for all keys of the store; nil when there are several.
    var singleRule: Policy.Rule? { only }

    /// The latest of all the rules' cutoffs: what was changed since goes by none. Nil: nothing of the store goes.
    var latestCutoff: Timestamp? {
        if let only { return cutoff(only) }
        // A key that no rule of its store names falls to the default policy's, and at last to one that keeps for ever.
        let fallback = policies.policies.first { $0.name == "default" }?.rules ?? []
        let known = (policy.rules + fallback).compactMap(cutoff)
        return (takesEverything ? olderThan.map { known + [now - $0] } ?? known : known).max()
    }

    /// The latest of all the rules' ends of versions: what was replaced since goes by none. Nil: none of the store
    /// goes.
    var latestVersionCutoff: Timestamp? {
        // A key that no rule names may have versions of an earlier policy.
        if let only { only.versionCutoff(at: now) } else { now }
    }

    /// How the rule is called in results: its pattern.
    static func name(_ rule: Policy.Rule) -> String { rule.keys.text }
}
