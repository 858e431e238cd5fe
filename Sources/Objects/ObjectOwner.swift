/// The index that names the objects of a backend.
package struct ObjectOwner: Sendable {
    /// 16 bytes that tell it from every other.
    package let identity: [UInt8]
    /// Whether it names any objects already: then they have to be there.
    package let hasObjects: Bool

    package init(identity: [UInt8], hasObjects: Bool) {
        self.identity = identity
        self.hasObjects = hasObjects
    }

    /// An identity for an index that has none: 16 random bytes.
    package static func newIdentity() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
}
