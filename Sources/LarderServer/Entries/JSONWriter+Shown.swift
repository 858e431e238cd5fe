import LarderModel

extension JSONWriter {
    /// A string of these bytes, for people: U+FFFD stands for what is no UTF-8.
    mutating func value(showing bytes: [UInt8]) {
        if isValidUTF8(bytes) { value(quoting: bytes) } else { value(String(decoding: bytes, as: UTF8.self)) }
    }

    /// `"key"`, and `"keyHex"` with the bytes of a key that is no UTF-8.
    mutating func fields(of key: EntryKey) {
        if isValidUTF8(key.bytes) { return field("key", quoting: key.bytes) }
        field("key", key.text)
        field("keyHex", key.bytes.hex)
    }
}
