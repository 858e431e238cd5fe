package import LarderModel

/// What is searched for, where, and how hits are chosen.
package struct Question: Sendable {
    /// Where to look: a store, or the keys of it that begin with a prefix.
    package struct Scope: Sendable, Hashable {
        package let store: StoreName
        package let prefix: [UInt8]
        /// What the scores of its items are multiplied with, negative ones counted as 0; at least 0. nil: they stay as
        /// they are.
        package let weight: Double?

        package init(store: StoreName, prefix: [UInt8] = [], weight: Double? = nil) {
            self.store = store
            self.prefix = prefix
            self.weight = weight
        }
    }

    package enum Mode: String, Sendable, CaseIterable { case words, meaning, hybrid }

    /// Which items may be hits at all.
    package struct Filter: Sendable {
        /// One of these speaks; nil: anybody, or nobody.
        package var roles: [[UInt8]]?
        package var since: Timestamp?
        /// Not itself.
        package var until: Timestamp?
        /// Fields that an item's metadata has, with these values as canonical JSON.
        package var metadata: [(name: [UInt8], value: [UInt8])] = []

        package init() {}
    }

    /// A stretch of ages that has hits of its own.
    package struct Window: Sendable, Hashable {
        package let name: String
        /// Ages; half-open.
        package let from: Duration
        /// nil: no end.
        package let to: Duration?
        /// Hits at most.
        package let count: Int

        package init(name: String, from: Duration, to: Duration?, count: Int) {
            self.name = name
            self.from = from
            self.to = to
            self.count = count
        }

        /// Whether an item of this age lies in it; the first also takes what is of the future.
        func holds(_ age: Duration) -> Bool {
            (age >= from || from == .zero) && to.map { age < $0 } ?? true
        }
    }

    /// What weighs newer items higher.
    package struct Recency: Sendable, Hashable {
        package let halfLife: Duration
        /// 0 to 1.
        package let weight: Double

        package init(halfLife: Duration, weight: Double) {
            self.halfLife = halfLife
            self.weight = weight
        }
    }

    /// In which site.
    package var site: SiteID
    package var scopes: [Scope]
    /// What words are searched for; nil: none.
    package var text: String?
    /// What is near is found by meaning; nil: nothing is.
    package var vector: [Float]?
    /// nil: what text and vector and the vaults allow.
    package var mode: Mode?
    package var count: Int
    package var filter = Filter()
    /// nil: hits may be of any age.
    package var windows: [Window]?
    /// Whether hits that windows cannot fill are made up from the best of the rest.
    package var backfills = false
    package var recency: Recency?

    package static let countDefault = 10
    package static let countMax = 1_000
    package static let scopesMax = 64
    package static let windowsMax = 32
    /// Bytes of text.
    package static let textMax = 64 << 10

    package init(site: SiteID, scopes: [Scope], count: Int = countDefault) {
        self.site = site
        self.scopes = scopes
        self.count = count
    }
}

extension Question.Window {
    /// The hours and days of a conversation: hot, working, long and archive. The hits are shared out evenly, the
    /// remainder to the younger.
    package static func kronos(_ count: Int) -> [Question.Window] {
        let ends: [(String, Duration?)] = [
            ("hot", .seconds(4 * 3_600)), ("working", .seconds(3 * 86_400)), ("long", .seconds(90 * 86_400)),
            ("archive", nil),
        ]
        var from = Duration.zero
        return ends.enumerated().map { i, end in
            defer { from = end.1 ?? from }
            let share = count / ends.count + (i < count % ends.count ? 1 : 0)
            return Question.Window(name: end.0, from: from, to: end.1, count: share)
        }
    }
}
