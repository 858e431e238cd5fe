import LarderModel
import LarderTestSupport
import Testing

@Suite("A Range header")
struct ByteRangeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var header: String?
        var size: Int64 = 10_000
        var outcome: ByteRange.Outcome
        var testDescription: String { "\(header ?? "none") of \(size)" }
    }

    @Test(
        "means what RFC 9110 §14 says",
        arguments: [
            // The RFC's own examples, of a content of 10,000 bytes.
            Row(header: "bytes=0-499", outcome: .ranges([0..<500])),
            Row(header: "bytes=500-999", outcome: .ranges([500..<1_000])),
            Row(header: "bytes=-500", outcome: .ranges([9_500..<10_000])),
            Row(header: "bytes=9500-", outcome: .ranges([9_500..<10_000])),
            Row(header: "bytes=0-0,-1", outcome: .ranges([0..<1, 9_999..<10_000])),
            Row(
                header: "bytes= 0-999, 4500-5499, -1000", outcome: .ranges([0..<1_000, 4_500..<5_500, 9_000..<10_000])),
            Row(header: "bytes=500-600,601-999", outcome: .ranges([500..<601, 601..<1_000])),
            Row(header: "bytes=500-700,601-999", outcome: .ranges([500..<701, 601..<1_000])),
            // Edges of the content.
            Row(header: "bytes=0-", outcome: .ranges([0..<10_000])),
            Row(header: "bytes=9999-", outcome: .ranges([9_999..<10_000])),
            Row(header: "bytes=10000-", outcome: .unsatisfiable),
            Row(header: "bytes=0-99999", outcome: .ranges([0..<10_000])),
            Row(header: "bytes=-10000", outcome: .ranges([0..<10_000])),
            Row(header: "bytes=-10001", outcome: .ranges([0..<10_000])),
            Row(header: "bytes=-0", outcome: .unsatisfiable),
            Row(header: "bytes=20000-30000, 5-6", outcome: .ranges([5..<7])),
            Row(header: "bytes=0-0", size: 1, outcome: .ranges([0..<1])),
            Row(header: "bytes=0-0", size: 0, outcome: .unsatisfiable),
            Row(header: "bytes=0-", size: 0, outcome: .unsatisfiable),
            Row(header: "bytes=-1", size: 0, outcome: .unsatisfiable),
            Row(header: "bytes=0-99999999999999999999", outcome: .ranges([0..<10_000])),
            Row(header: "bytes=99999999999999999999-", outcome: .unsatisfiable),
            Row(header: "bytes=-99999999999999999999", outcome: .ranges([0..<10_000])),
            Row(header: "Bytes=0-1", outcome: .ranges([0..<2])),
            Row(header: "bytes=,0-1,,\t2-3 ,", outcome: .ranges([0..<2, 2..<4])),
            // What is malformed, or another unit, is as if it were not there.
            Row(header: nil, outcome: .whole),
            Row(header: "", outcome: .whole),
            Row(header: "bytes", outcome: .whole),
            Row(header: "bytes=", outcome: .whole),
            Row(header: "bytes=,", outcome: .whole),
            Row(header: "bytes=-", outcome: .whole),
            Row(header: "bytes=5", outcome: .whole),
            Row(header: "bytes=5-4", outcome: .whole),
            Row(header: "bytes=0-1,5-4", outcome: .whole),
            Row(header: "bytes=a-b", outcome: .whole),
            Row(header: "bytes=0-1-2", outcome: .whole),
            Row(header: "bytes=--1", outcome: .whole),
            Row(header: "bytes=+0-1", outcome: .whole),
            Row(header: "bytes=1 2-30", outcome: .whole),
            Row(header: "bytes=1 - 2", outcome: .whole),
            Row(header: "bytes=٣-٤", outcome: .whole),
            Row(header: "bytes =0-1", outcome: .whole),
            Row(header: "items=0-1", outcome: .whole),
            // More than the content holds, or too many to answer.
            Row(header: "bytes=0-,0-", outcome: .unsatisfiable),
            Row(header: "bytes=0-4999,4999-", outcome: .unsatisfiable),
            Row(header: "bytes=0-4999,5000-", outcome: .ranges([0..<5_000, 5_000..<10_000])),
            Row(
                header: "bytes=" + (0..<64).map { "\($0)-\($0)" }.joined(separator: ","),
                outcome: .ranges((0..<64).map { $0..<$0 + 1 })),
            Row(header: "bytes=" + (0..<65).map { "\($0)-\($0)" }.joined(separator: ","), outcome: .unsatisfiable),
        ])
    func resolve(row: Row) {
        #expect(ByteRange.resolve(row.header, size: row.size) == row.outcome)
    }

    @Test("never reaches outside the content")
    func property() {
        var random = Seeded(3)
        for _ in 0..<20_000 {
            let text =
                "bytes="
                + (0..<Int.random(in: 1...8, using: &random)).map { _ in
                    random.pick(["0", "1", "7", "12", "-", ",", " "])
                }.joined()
            let size = Int64.random(in: 0...20, using: &random)
            guard case .ranges(let ranges) = ByteRange.resolve(text, size: size) else { continue }
            #expect(!ranges.isEmpty)
            #expect(
                ranges.allSatisfy { $0.lowerBound >= 0 && !$0.isEmpty && $0.upperBound <= size }, "\(text) of \(size)")
        }
    }
}
