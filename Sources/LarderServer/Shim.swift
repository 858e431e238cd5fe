import LarderModel
import LearningMemory

// TEMPORARY, for compiling before another helper's work lands.
extension JSONWriter {
    mutating func field(_ name: StaticString, _ time: Timestamp) { field(name, quoting: time.iso8601Bytes) }
}
extension Suggestion {
    func write(to out: inout JSONWriter) {
        var item: [UInt8] = []
        append(to: &item)
        out.value(raw: item)
    }
}
