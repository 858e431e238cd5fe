import LarderModel

/// What a cleanup removed, or would: counts and bytes by store and rule.
struct CleanupTally: Sendable, Hashable, Codable {
    struct Amount: Sendable, Hashable, Codable {
        var removed: Int64 = 0
        /// Of the contents, plain.
        var bytes: Int64 = 0
    }

    struct StoreAmount: Sendable, Hashable, Codable {
        var removed: Int64 = 0
        var bytes: Int64 = 0
        /// By the rule's pattern; `ttl` for entries whose own time had passed.
        var rules: [String: Amount] = [:]
    }

    /// A key that goes.
    struct Key: Sendable, Hashable, Codable {
        /// Left out for the default site.
        var site: String?
        var store: String
        var key: String
        var rule: String
        var bytes: Int64
    }

    private(set) var removed: Int64 = 0
    private(set) var bytes: Int64 = 0
    /// By the store's name; in another site than the default one `site/store`.
    private(set) var byStore: [String: StoreAmount] = [:]
    private(set) var keys: [Key]?
    /// Whether there were more keys than are named.
    private(set) var moreKeys: Bool?

    static let ttlRule = "ttl"

    init(namesKeys: Bool) { keys = namesKeys ? [] : nil }

    mutating func add(_ store: StoreHandle, rule: String, count: Int64 = 1, bytes size: Int64) {
        guard count > 0 else { return }
        let name = store.site == .default ? store.name.text : "\(store.site)/\(store.name)"
        removed += count
        bytes += size
        byStore[name, default: StoreAmount()].removed += count
        byStore[name, default: StoreAmount()].bytes += size
        byStore[name, default: StoreAmount()].rules[rule, default: Amount()].removed += count
        byStore[name, default: StoreAmount()].rules[rule, default: Amount()].bytes += size
    }

    mutating func add(_ store: StoreHandle, rule: String, _ entry: AgedEntry) {
        add(store, rule: rule, bytes: entry.size)
        guard let count = keys?.count else { return }
        guard count < CleanupRequest.keysMax else {
            moreKeys = true
            return
        }
        keys?.append(
            Key(site: store.site == .default ? nil : store.site.text, store: store.name.text, key: entry.key.text, rule: rule, bytes: entry.size))
    }

    mutating func dropKeys() { keys = nil }

    /// After a restart: the keys named so far are lost, and the result says that there were more.
    mutating func resumeKeys() {
        keys = []
        moreKeys = true
    }
}
