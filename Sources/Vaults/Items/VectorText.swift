import Foundation
package import Index
package import LarderModel
import Retrieval

/// Vectors as clients write them: a JSON list of numbers, or base64 of f32 numbers, little-endian.
package enum VectorText {
    /// - Parameters:
    ///   - model: what made it; nil: nobody said.
    ///   - place: what messages call the item.
    /// - Throws: `LarderError` `.invalidVector`, also where the vault has no vectors or wants those of another model.
    static func read(
        _ value: JSONText.Value, in bytes: [UInt8], _ index: Policy.Index, model: String?, _ place: String
    ) throws(LarderError) -> NewItem.Vector {
        try checked(try numbers(value, in: bytes, place), index, model: model, place)
    }

    /// The numbers of a list, or of base64.
    package static func numbers(
        _ value: JSONText.Value, in bytes: [UInt8], _ place: String
    ) throws(LarderError) -> [Float] {
        if let text = JSONText.characters(of: value, in: bytes) { return try numbers(base64: text, place) }
        guard value.kind == .array, let items = try JSONText.items(of: value, in: bytes, limit: lengthMax) else {
            throw LarderError(
                .invalidVector, "\(place): a vector is a list of at most \(lengthMax) numbers, or base64 of f32.")
        }
        var numbers: [Float] = []
        numbers.reserveCapacity(items.count)
        for item in items {
            guard item.kind == .number, let number = Float(String(decoding: bytes[item.range], as: UTF8.self)) else {
                throw LarderError(.invalidVector, "\(place): item \(numbers.count + 1) of the vector is no number.")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// Numbers that a vector has at most.
    private static let lengthMax = Policy.Index.Vector.dimsMax

    package static func numbers(base64 text: [UInt8], _ place: String) throws(LarderError) -> [Float] {
        guard let bytes = Data(base64Encoded: Data(text)), bytes.count % 4 == 0, bytes.count <= 4 * lengthMax else {
            throw LarderError(
                .invalidVector, "\(place): the vector is no base64 of at most \(lengthMax) f32 numbers, little-endian.")
        }
        return bytes.withUnsafeBytes { raw in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    /// - Throws: `LarderError` `.invalidVector`.
    package static func checked(
        _ numbers: [Float], _ index: Policy.Index, model: String?, _ place: String
    ) throws(LarderError) -> NewItem.Vector {
        guard let rule = index.vector else {
            throw LarderError(
                .invalidVector,
                "\(place) has a vector, and this vault has none: its policy needs index: { vector: { dims: … } }.")
        }
        try check(numbers, rule, place)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * numbers.count)
        for number in numbers { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 } }
        return NewItem.Vector(model: model ?? rule.model ?? "", bytes: bytes)
    }

    /// - Throws: `LarderError` `.invalidVector` that says what does not fit.
    package static func check(
        _ numbers: [Float], _ rule: Policy.Index.Vector, _ place: String
    ) throws(LarderError) {
        do { try VectorTable.check(numbers, dims: rule.dims, metric: rule.metric.table) } catch {
            throw LarderError(.invalidVector, "\(place): \(error)")
        }
    }
}
