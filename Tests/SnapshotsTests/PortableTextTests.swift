import LarderModel
import Testing

@testable import Snapshots

@Suite("The texts of exports")
struct PortableTextTests {
    private func digest() throws -> Digest { try #require(Digest(Array(repeating: 0xAB, count: Digest.byteCount))) }

    @Test(
        "SQL: content beyond a row's size goes on in the next, whatever pieces it came in",
        arguments: [[7], [3, 4], [1, 1, 1, 1, 1, 1, 1], [6, 1]])
    func parts(pieces: [Int]) throws {
        var text = SQLText(partSize: 3)
        text.begin(.objects)
        _ = text.tally.take()
        text.openContent(try digest(), size: 7)
        var next: UInt8 = 1
        for piece in pieces {
            text.addContent(
                (0..<piece).map { _ in
                    defer { next += 1 }
                    return next
                })
        }
        text.closeContent()
        text.end(.objects)
        let rows = String(decoding: text.tally.take(), as: UTF8.self).split(separator: "\n").map(String.init)
        let start = "\\\\x" + String(repeating: "ab", count: 32)
        let expected = [(0, "010203"), (1, "040506"), (2, "07")].map { "\(start)\t\($0)\t7\t\\\\x\($1)" }
        #expect(rows == expected + ["\\."])
        #expect(text.tally.tables.map(\.rows) == [3])
    }

    @Test("SQL: content that fills a row has no empty one behind it, and empty content has one")
    func edges() throws {
        for (bytes, count) in [([1, 2, 3], 1), ([], 1), ([1, 2, 3, 4], 2)] as [([UInt8], Int64)] {
            var text = SQLText(partSize: 3)
            text.begin(.objects)
            text.openContent(try digest(), size: Int64(bytes.count))
            text.addContent(bytes)
            text.closeContent()
            text.end(.objects)
            #expect(text.tally.tables.map(\.rows) == [count])
        }
    }

    @Test(
        "JSON lines: what begins a character at the end of a piece waits for the rest of it",
        arguments: [
            ([0x61], 0), ([0x61, 0xC3, 0xA9], 0), ([0x61, 0xC3], 1), ([0xE2, 0x82], 2), ([0xF0, 0x9F, 0x9A], 3),
            ([0xF0, 0x9F, 0x9A, 0x80], 0), ([], 0), ([0x80, 0x80, 0x80], 0),
        ] as [([UInt8], Int)])
    func characters(bytes: [UInt8], unfinished: Int) {
        #expect(JSONLinesText.unfinished(bytes[...]) == unfinished)
    }
}
