package import LarderModel

/// What a store held day by day.
package struct StoreGrowth: Sendable {
    /// As it is now.
    package let summary: StoreSummary
    /// At the ends of earlier days, in their order.
    package let days: [StoreDay]
    /// Bytes that it need not keep because entries share content; nil: not counted.
    package let sharedBytes: Int64?
}
