import LarderModel
import Testing

@testable import LarderServer

@Suite("An audit record in JSON")
struct AuditRecordTests {
    @Test("is JSON whatever the texts hold")
    func json() {
        let record = AuditRecord(
            id: 7, at: Timestamp(milliseconds: 0), who: "a\"\n", act: "x", subject: "s\u{1b}", detail: [])
        var out = JSONWriter()
        record.write(to: &out)
        #expect(
            String(decoding: out.bytes, as: UTF8.self)
                == #"{"id":7,"at":"1970-01-01T00:00:00.000Z","who":"a\"\u000a","act":"x","subject":"s\u001b"}"#)
    }
}
