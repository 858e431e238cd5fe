import Testing

@testable import LarderClient

@Suite("The event stream parser (WHATWG HTML §9.2)")
struct ServerSentEventParserTests {
    private func parse(_ text: String) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser()
        return try parser.feed(text.utf8)
    }

    private func event(_ data: String, type: String = "message", id: String = "") -> ServerSentEvent {
        ServerSentEvent(type: type, data: Array(data.utf8), lastEventID: id)
    }

    @Test("takes LF, CR and CRLF, mixed, as ends of lines", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(end: String) throws {
        let text = ["id: 1", "event: progress", "data: a", "data: b", "", "data: c", "", ""].joined(separator: end)
        #expect(try parse(text) == [event("a\nb", type: "progress", id: "1"), event("c", id: "1")])
    }

    @Test("gives the same wherever the bytes are cut")
    func anyCut() throws {
        let text = Array("\u{FEFF}retry: 5\r\nid: 7\r\n\r\nevent: x\rdata: é\r\n\rdata: 2\n\n:hb\n\ndata\n\n".utf8)
        var whole = ServerSentEventParser()
        let expected = try whole.feed(text)
        #expect(expected == [event("é", type: "x", id: "7"), event("2", id: "7"), event("", id: "7")])
        for cut in 0...text.count {
            var parser = ServerSentEventParser()
            let events = try parser.feed(text[..<cut]) + parser.feed(text[cut...])
            #expect(events == expected, "cut at \(cut)")
            #expect(parser.retryMilliseconds == 5)
        }
    }

    @Test("joins several lines of data with LF, and keeps an empty one")
    func multiLineData() throws {
        #expect(try parse("data: a\ndata\ndata: b\n\n") == [event("a\n\nb")])
        #expect(try parse("data\n\n") == [event("")])
    }

    @Test("takes away one space behind the colon, not two")
    func oneSpace() throws {
        #expect(try parse("data:a\n\ndata: a\n\ndata:  a\n\n") == [event("a"), event("a"), event(" a")])
    }

    @Test("passes over comments and unknown fields")
    func comments() throws {
        #expect(try parse(": heartbeat\n\n:\ndata: a\nnonsense: b\nnothing\n\n") == [event("a")])
    }

    @Test("takes a BOM at the very start only")
    func byteOrderMark() throws {
        #expect(try parse("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n") == [event("a")])
        // Bytes that only begin like one belong to the line.
        var parser = ServerSentEventParser()
        #expect(try parser.feed([0xEF, 0xBB] + Array("\ndata: a\n\n".utf8)) == [event("a")])
    }

    @Test("remembers an id until there is another, and forgets it at an empty one")
    func ids() throws {
        #expect(
            try parse("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n") == [
                event("a", id: "1"), event("b", id: "1"), event("c"),
            ])
    }

    @Test("ignores an id that holds a NUL")
    func nulID() throws {
        #expect(try parse("id: 1\ndata: a\n\nid: 2\u{0}\ndata: b\n\n") == [event("a", id: "1"), event("b", id: "1")])
    }

    @Test("counts an id only once its event is complete")
    func unfinishedID() throws {
        var parser = ServerSentEventParser(lastEventID: "4")
        _ = try parser.feed("id: 5\ndata: a\n".utf8)
        #expect(parser.lastEventID == "4")
        _ = try parser.feed("\n".utf8)
        #expect(parser.lastEventID == "5")
    }

    @Test("remembers the id of an event without data, which is no event")
    func idWithoutData() throws {
        var parser = ServerSentEventParser()
        #expect(try parser.feed("event: x\nid: 9\n\n".utf8).isEmpty)
        #expect(parser.lastEventID == "9")
        #expect(try parser.feed("data: a\n\n".utf8) == [event("a", id: "9")])
    }

    @Test("drops an event that no blank line ended")
    func unfinishedEvent() throws {
        #expect(try parse("data: a\n\ndata: b\n") == [event("a")])
    }

    @Test(
        "takes retry in digits only",
        arguments: [("2000", 2000), ("0", 0), ("1.5", nil), ("-1", nil), ("", nil), ("12a", nil)] as [(String, Int64?)])
    func retry(text: String, expected: Int64?) throws {
        var parser = ServerSentEventParser()
        _ = try parser.feed("retry: \(text)\n\n".utf8)
        #expect(parser.retryMilliseconds == expected)
    }

    @Test("refuses a line without end rather than keep it all")
    func bounded() throws {
        var parser = ServerSentEventParser()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: ServerSentEventParser.maxBytes)
        _ = try parser.feed(piece)
        #expect(throws: LarderClientError.self) { try parser.feed("a".utf8) }
    }

    @Test("keeps id and retry for the next connection, and nothing else")
    func nextConnection() throws {
        var parser = ServerSentEventParser()
        _ = try parser.feed("retry: 7\nid: 3\ndata: a\n\nid: 4\ndata: half".utf8)
        var next = parser.forNextConnection()
        #expect(next.retryMilliseconds == 7)
        #expect(try next.feed("data: b\n\n".utf8) == [event("b", id: "3")])
    }
}
