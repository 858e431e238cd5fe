package import LarderModel

/// Says by which rule items of a store are made, as text; nil: none are. Must not block.
package typealias VaultRule = @Sendable (StoreName) -> [UInt8]?
