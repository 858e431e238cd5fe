/// Why a vector can't be taken. Whoever asked for it is told the description.
package enum VectorFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// It has another number of components.
    case wrongDims(found: Int, expected: Int)
    /// Its bytes are no whole number of 32-bit floats.
    case wrongSize(bytes: Int)
    /// A component is infinite or not a number. The first one's place, from 0.
    case notFinite(place: Int)
    /// All components are 0, which has no direction and so no cosine.
    case zero
    /// Its length is above ``VectorTable/maxLength``, and its scores might not be finite.
    case tooLong

    package var description: String {
        switch self {
        case .wrongDims(let found, let expected): "The vector has \(found) dimensions; \(expected) are expected."
        case .wrongSize(let bytes): "The vector has \(bytes) bytes, which is no whole number of 32-bit floats."
        case .notFinite(let place): "Component \(place) of the vector is not a finite number."
        case .zero: "All components of the vector are 0, which has no direction for a cosine."
        case .tooLong: "The vector's length is above 2^62; its scores might not be finite."
        }
    }
}
