import CPostgres
import Index

/// The parameters of one execution, each in the binary form of the type that the server gave it.
final class PostgresParameters: SQLParameters {
    private let types: [Oid]
    /// All values, one behind the other, and a byte so that there is always one.
    private var bytes: [UInt8] = [0]
    /// Where each value lies; nil: NULL.
    private var places: [Range<Int>?]
    /// What could not be set.
    private(set) var misfit: SQLFailure?

    init(_ types: [Oid]) {
        self.types = types
        places = Array(repeating: nil, count: types.count)
    }

    func set(_ index: Int, _ value: Int64) {
        switch type(index) {
        case PostgresType.int64: put(index, value)
        case PostgresType.double: put(index, Double(value).bitPattern)
        case PostgresType.int32: if let value = Int32(exactly: value) { put(index, value) } else { refuse(index) }
        case PostgresType.int16: if let value = Int16(exactly: value) { put(index, value) } else { refuse(index) }
        default: refuse(index)
        }
    }

    func set(_ index: Int, _ value: Double) {
        guard type(index) == PostgresType.double else { return refuse(index) }
        put(index, value.bitPattern)
    }

    func set(_ index: Int, _ value: String) { put(index, bytes: value.utf8) }
    func set(_ index: Int, _ value: [UInt8]) { put(index, bytes: value) }
    func setNull(_ index: Int) { if type(index) == nil { refuse(index) } else { places[index - 1] = nil } }

    private func type(_ index: Int) -> Oid? { types.indices.contains(index - 1) ? types[index - 1] : nil }

    private func put(_ index: Int, bytes value: some Collection<UInt8>) {
        guard [PostgresType.bytes, PostgresType.text, PostgresType.varchar].contains(type(index)) else {
            return refuse(index)
        }
        append(index, value)
    }

    private func put(_ index: Int, _ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { append(index, $0) }
    }

    private func append(_ index: Int, _ value: some Collection<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        places[index - 1] = start..<bytes.count
    }

    private func refuse(_ index: Int) {
        let type = type(index).map { "of type \($0)" } ?? "that the statement does not have"
        misfit = misfit ?? SQLFailure(.other, "a value does not fit parameter \(index), one \(type)")
    }

    /// Calls `body` with the values as libpq takes them: addresses, lengths, and that each is binary.
    func withValues<R>(_ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> R) -> R {
        bytes.withUnsafeBytes { all in
            let start = all.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(
                places.map { place in place.flatMap { place in start.map { $0 + place.lowerBound } } },
                places.map { Int32($0?.count ?? 0) }, Array(repeating: 1, count: places.count))
        }
    }
}
