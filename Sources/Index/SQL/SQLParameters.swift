package import LarderModel

/// The parameters of one statement, numbered from 1. Setting one copies the value. All are set before it runs.
package protocol SQLParameters {
    func set(_ index: Int, _ value: Int64)
    func set(_ index: Int, _ value: Double)
    func set(_ index: Int, _ value: String)
    func set(_ index: Int, _ value: [UInt8])
    func setNull(_ index: Int)
}

extension SQLParameters {
    package func set(_ index: Int, _ value: Int) { set(index, Int64(value)) }
    package func set(_ index: Int, _ value: Timestamp) { set(index, value.milliseconds) }
    package func set(_ index: Int, _ value: Digest) { set(index, value.bytes) }
    package func set(_ index: Int, _ value: ETag) { set(index, value.bytes) }

    package func set(_ index: Int, _ value: Int64?) { if let value { set(index, value) } else { setNull(index) } }
    package func set(_ index: Int, _ value: Double?) { if let value { set(index, value) } else { setNull(index) } }
    package func set(_ index: Int, _ value: String?) { if let value { set(index, value) } else { setNull(index) } }
    package func set(_ index: Int, _ value: [UInt8]?) { if let value { set(index, value) } else { setNull(index) } }
    package func set(_ index: Int, _ value: Timestamp?) { if let value { set(index, value) } else { setNull(index) } }
}
