import Index
import LarderModel
import LarderTestSupport
import Testing

@testable import Snapshots

@Suite("A row of a manifest")
struct RowTextTests {
    private static let columns: [SchemaTable.Column] = [
        .init(name: "id", kind: .integer), .init(name: "share", kind: .real), .init(name: "name", kind: .text),
        .init(name: "key", kind: .bytes),
    ]

    private func text(_ row: CopiedRow) -> [UInt8] {
        var out: [UInt8] = []
        RowText.append(row, to: &out)
        return out
    }

    @Test(
        "comes back as it was",
        arguments: [
            [.integer(0), .real(0), .bytes([]), .bytes([])], [.null, .null, .null, .null],
            [
                .integer(.min), .real(-1.5e-300), .bytes(Array("a\"b\\c\n\u{0}é\u{2028}".utf8)),
                .bytes([0xFF, 0, 0x5B]),
            ],
            [.integer(.max), .real(0.1 + 0.2), .bytes(Array("[\"x\"],".utf8)), .bytes(Array("plain".utf8))],
            [.integer(1), .real(1e300), .bytes(Array("\\u0041".utf8)), .bytes(Array(0...255))],
        ] as [[CopiedRow.Value]])
    func roundTrip(values: [CopiedRow.Value]) {
        let row = CopiedRow(values: values)
        let line = text(row)
        #expect(!line.contains(UInt8(ascii: "\n")))
        #expect(RowText.row(line[...], Self.columns) == row)
    }

    @Test("comes back, whatever its bytes are")
    func randomBytes() {
        var random = Seeded(7)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let row = CopiedRow(values: [
                .integer(Int64.random(in: .min ... .max, using: &random)),
                .real(Double.random(in: -1...1, using: &random)),
                .bytes(Array(String(decoding: bytes, as: UTF8.self).utf8)), .bytes(bytes),
            ])
            #expect(RowText.row(text(row)[...], Self.columns) == row)
        }
    }

    @Test("says what UTF-8 can say as text, for people and their tools")
    func readable() {
        let row = CopiedRow(values: [.integer(7), .null, .bytes(Array("é".utf8)), .bytes([0xFF])])
        #expect(String(decoding: text(row), as: UTF8.self) == #"[7,null,"é",["/w=="]]"#)
    }

    @Test(
        "is refused when it is none",
        arguments: [
            "", "[", "[]", "[1,2,\"a\",\"b\"", "[1,2,\"a\"]", "[1,2,\"a\",\"b\",3]", "[1,2,\"a\",\"b\"]x",
            "[\"1\",2,\"a\",\"b\"]", "[1.5,2,\"a\",\"b\"]", "[1,2,3,\"b\"]", "[1,2,[\"YQ==\"],\"b\"]",
            "[1,2,\"a\",[\"?\"]]", "[1,2,\"a\",[\"YQ==\"", "[1,2,\"a\",\"b]", "[1,2,\"a\",\"b\\", "[nul,2,\"a\",\"b\"]",
            "[99999999999999999999,2,\"a\",\"b\"]",
        ])
    func refused(text: String) {
        #expect(RowText.row(Array(text.utf8)[...], Self.columns) == nil)
    }
}
