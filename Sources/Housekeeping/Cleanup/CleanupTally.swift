import Index
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
        var rules = NamedValues<Amount>()

        fileprivate mutating func add(_ count: Int64, _ size: Int64, _ rule: Identifier) {
            removed += count
            bytes += size
            rules[rule, default: Amount()].removed += count
            rules[rule, default: Amount()].bytes += size
        }
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

    /// One of those that stand out in a dry run.
    struct Example: Sendable, Hashable, Codable {
        /// Left out for the default site.
        var site: String?
        var store: String
        var key: String
        var rule: String
        var bytes: Int64
        /// ISO 8601.
        var modifiedAt: String
    }

    private(set) var removed: Int64 = 0
    private(set) var bytes: Int64 = 0
    /// By the store's name; in another site than the default one `site/store`.
    private(set) var byStore = NamedValues<StoreAmount>()
    private(set) var keys: [Key]?
    /// Stores that were looked at; nil: a checkpoint of an older version.
    var stores: Int?
    /// Versions that were past their time by themselves, beside ``removed`` and ``bytes``; nil: none.
    private(set) var versions: Amount?
    /// Whether there were more keys than are named.
    private(set) var moreKeys: Bool?
    /// Of a dry run, the ``examplesMax`` changed longest ago, longest first, and the largest, largest first.
    private(set) var oldest: [Example]?
    private(set) var largest: [Example]?

    static let examplesMax = 20

    static let ttlRule = "ttl"

    /// - Parameter hasExamples: whether the oldest and the largest are named.
    init(namesKeys: Bool, hasExamples: Bool) {
        keys = namesKeys ? [] : nil
        oldest = hasExamples ? [] : nil
        largest = hasExamples ? [] : nil
    }

    mutating func add(_ store: StoreHandle, rule: String, count: Int64 = 1, bytes size: Int64) {
        guard count > 0 else { return }
        let name: Identifier =
            store.site == .default ? Identifier(trusted: store.name.bytes) : "\(store.site)/\(store.name)"
        removed += count
        bytes += size
        byStore[name, default: StoreAmount()].add(count, size, Identifier(rule))
    }

    mutating func addVersion(bytes size: Int64) {
        versions = Amount(removed: (versions?.removed ?? 0) + 1, bytes: (versions?.bytes ?? 0) + size)
    }

    mutating func add(_ store: StoreHandle, rule: String, _ entry: AgedEntry) {
        add(store, rule: rule, bytes: entry.size)
        show(store, rule: rule, entry)
        guard let count = keys?.count else { return }
        guard count < CleanupRequest.keysMax else {
            moreKeys = true
            return
        }
        keys?.append(
            Key(
                site: store.site == .default ? nil : store.site.text, store: store.name.text, key: entry.key.text,
                rule: rule, bytes: entry.size))
    }

    /// Keeps an entry for ``oldest`` and ``largest`` if it is among them.
    mutating func show(_ store: StoreHandle, rule: String, _ entry: AgedEntry) {
        guard let oldest, let largest else { return }
        let modifiedAt = entry.modifiedAt.iso8601
        let isOld = oldest.count < Self.examplesMax || oldest.last.map { modifiedAt < $0.modifiedAt } ?? true
        let isLarge = largest.count < Self.examplesMax || largest.last.map { entry.size > $0.bytes } ?? true
        guard isOld || isLarge else { return }
        let example = Example(
            site: store.site == .default ? nil : store.site.text, store: store.name.text, key: entry.key.text,
            rule: rule, bytes: entry.size,
            modifiedAt: modifiedAt)
        if isOld { self.oldest = Self.insert(example, into: oldest) { $0.modifiedAt <= example.modifiedAt } }
        if isLarge { self.largest = Self.insert(example, into: largest) { $0.bytes >= example.bytes } }
    }

    /// Behind those that come before it; one too many at the end goes.
    private static func insert(_ example: Example, into list: [Example], behind comesBefore: (Example) -> Bool)
        -> [Example]
    {
        guard !list.contains(example) else { return list }
        var list = list
        list.insert(example, at: list.firstIndex { !comesBefore($0) } ?? list.endIndex)
        return Array(list.prefix(examplesMax))
    }

    /// Leaves counts only.
    mutating func dropExamples() {
        oldest = nil
        largest = nil
    }

    mutating func dropKeys() { keys = nil }

    /// As the JSON result (contract §4.6).
    var json: [UInt8] {
        get throws {
            var out = JSONWriter()
            out.openObject()
            out.name("byStore")
            byStore.write(to: &out) { out, store in
                out.object { out in
                    out.field("bytes", store.bytes)
                    out.field("removed", store.removed)
                    out.name("rules")
                    store.rules.write(to: &out) { out, rule in
                        out.object { out in
                            out.field("bytes", rule.bytes)
                            out.field("removed", rule.removed)
                        }
                    }
                }
            }
            out.field("bytes", bytes)
            if let keys { out.field("keys", raw: try JobJSON.encode(keys)) }
            if let largest { out.field("largest", raw: try JobJSON.encode(largest)) }
            if let moreKeys { out.field("moreKeys", moreKeys) }
            if let oldest { out.field("oldest", raw: try JobJSON.encode(oldest)) }
            out.field("removed", removed)
            if let stores { out.field("stores", stores) }
            if let versions {
                out.name("versions")
                out.object { out in
                    out.field("bytes", versions.bytes)
                    out.field("removed", versions.removed)
                }
            }
            out.closeObject()
            return out.bytes
        }
    }

    /// After a restart: the keys named so far are lost, and the result says that there were more.
    mutating func resumeKeys() {
        keys = []
        moreKeys = true
    }
}
