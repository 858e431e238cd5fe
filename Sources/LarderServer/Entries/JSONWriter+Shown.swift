import LarderModel

extension JSONWriter {
    /// A string of these bytes, for people: U+FFFD stands for what is no UTF-8.
    mutating func value(showing bytes: [UInt8]) {
        if isValidUTF8(bytes) { value(quoting: bytes) } else { value(String(decoding: bytes, as: UTF8.self)) }
    }
}
