import EventStreams
import Foundation
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Logs

/// Reads an event stream as WHATWG HTML §9.2.6 words it, line by line, from chunks as RFC 9112 §7.1 words them. Shares
/// nothing with the server's or the client's code.
private struct StreamReader {
    struct Event: Equatable {
        var type: String
        var data: String
        var id: String
    }
    var events: [Event] = []
    var comments: [String] = []
    var retry: Int?

    init(_ frames: [EventFrame]) throws { try self.init(chunks: frames.map(\.chunk)) }

    init(chunks: [ByteBuffer]) throws {
        var stream: [UInt8] = []
        for chunk in chunks {
            var rest = Array(chunk.readableBytesView)[...]
            while !rest.isEmpty {
                let lineEnd = try #require(rest.firstIndex(of: 13))
                let size = try #require(Int(String(decoding: rest[..<lineEnd], as: UTF8.self), radix: 16))
                try #require(size > 0, "a chunk of no bytes would end the stream")
                try #require(rest[lineEnd + 1] == 10)
                let body = lineEnd + 2
                stream += rest[body..<body + size]
                try #require(rest[body + size..<body + size + 2].elementsEqual([13, 10]))
                rest = rest[(body + size + 2)...]
            }
        }
        parse(String(decoding: stream, as: UTF8.self))
    }

    private mutating func parse(_ text: String) {
        var data = "", type = "", id = ""
        // Each of CR LF, CR and LF ends a line; unicode line ends don't.
        var lines: [String] = [""]
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if scalar == "\r" {
                if scalars.first == "\n" { scalars.removeFirst() }
                lines.append("")
            } else if scalar == "\n" {
                lines.append("")
            } else {
                lines[lines.count - 1].unicodeScalars.append(scalar)
            }
        }
        for line in lines.dropLast() {
            if line.isEmpty {
                if !data.isEmpty {
                    events.append(
                        Event(
                            type: type.isEmpty ? "message" : type, data: String(data.unicodeScalars.dropLast()), id: id)
                    )
                }
                (data, type) = ("", "")
            } else if line.hasPrefix(":") {
                comments.append(String(line.dropFirst()))
            } else {
                let colon = line.unicodeScalars.firstIndex(of: ":")
                let field = colon.map { String(line.unicodeScalars[..<$0]) } ?? line
                var value = colon.map { String(line.unicodeScalars[line.unicodeScalars.index(after: $0)...]) } ?? ""
                if value.unicodeScalars.first == " " { value.unicodeScalars.removeFirst() }
                switch field {
                case "event": type = value
                case "data": data.unicodeScalars.append(contentsOf: (value + "\n").unicodeScalars)
                case "id": id = value
                case "retry": retry = Int(value)
                default: break
                }
            }
        }
    }
}

@Suite("Frames of an event stream")
struct EventFramesTests {
    private static let odd = [
        "plain", "two\nlines", "two\r\nlines", "a\rb", "\n\n", "data: x", "event: complete\n\n", "id: 9", ": heartbeat",
        " leading", "",
        "\u{2028}\u{2029}\u{85}",
        "\u{FEFF}", "é🎬\u{202F}", "\"\\/\u{7F}", "\u{0}", "retry: 1",
    ]

    @Test("are read back as they were by a reader that knows only the standard", arguments: odd)
    func roundTrip(text: String) throws {
        let rule = Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(64_000), log: Policy.LogRule())
        let body = Array(#"{"message" :"#.utf8) + [10] + JSONText.quote(text.utf8) + [13, 10, UInt8(ascii: "}")]
        let parsed = try #require(try EventParser(rule, maxDepth: JSONText.depthDefault).objectOrArray(body).first)
        let event = LogEvent(sequence: 41, position: 977, receivedAt: Timestamp(milliseconds: 0), json: parsed.json)
        let run = try RunName(project: Identifier(text.isEmpty || text.contains("/") ? "p" : text), run: "r")
        let reader = try StreamReader(
            [
                EventFrame.retry(milliseconds: 2_000), EventFrames.connected(.run(run), state: .stalled, last: 14),
                EventFrame.heartbeat,
                EventFrames.gap(after: 3, first: 51), EventFrames.event(event, isRun: true),
                EventFrames.wrapped(run, event),
                EventFrames.complete(.run(run), .failed),
            ])
        #expect(reader.retry == 2_000)
        #expect(reader.comments == [" heartbeat"])
        try #require(reader.events.map(\.type) == ["connected", "gap", "progress", "progress", "complete"])
        #expect(reader.events.map(\.id) == ["", "", "41", "977", "977"], "the ID stays until another comes")
        #expect(reader.events[2].data.utf8.elementsEqual(parsed.json))

        struct Known: Decodable {
            struct Inner: Decodable { var message: String }
            var projectId: String?, runId: String?, state: String?, status: String?, last: Int?, after: Int?,
                first: Int?, seq: Int?, message: String?
            var event: Inner?
        }
        let decoded = try reader.events.map { try JSONDecoder().decode(Known.self, from: Data($0.data.utf8)) }
        func same(_ a: String?, _ b: String) -> Bool { a.map { $0.utf8.elementsEqual(b.utf8) } ?? false }
        for i in [0, 3, 4] {
            #expect(same(decoded[i].projectId, run.project.text))
            #expect(decoded[i].runId == "r")
        }
        #expect(decoded[0].state == "stalled" && decoded[0].last == 14)
        #expect(decoded[1].after == 3 && decoded[1].first == 51)
        #expect(same(decoded[2].message, text))
        #expect(decoded[3].seq == 41)
        #expect(same(decoded[3].event?.message, text))
        #expect(decoded[4].status == "failed")
    }

    @Test("hold large events whole")
    func large() throws {
        let json = #"{"x":"\#(String(repeating: "é", count: 32_000))"}"#
        let event = LogEvent(sequence: 1, receivedAt: Timestamp(milliseconds: 0), json: json.bytes)
        let reader = try StreamReader([EventFrames.event(event, isRun: true)])
        #expect(reader.events.map(\.data) == [json])
    }

    @Test("are the bytes that the contract shows")
    func exact() throws {
        let run = try RunName(project: "p", run: "r")
        func text(_ frame: EventFrame) throws -> String {
            let lines = String(buffer: frame.chunk).split(separator: "\r\n", omittingEmptySubsequences: false)
            try #require(lines.count == 3)
            #expect(Int(lines[0], radix: 16) == lines[1].utf8.count)
            #expect(String(buffer: frame.text) == lines[1], "HTTP/2 takes it without the framing")
            return String(lines[1])
        }
        #expect(
            try text(EventFrames.connected(.run(run), state: .running, last: 14))
                == "event: connected\ndata: {\"projectId\":\"p\",\"runId\":\"r\",\"state\":\"running\",\"last\":14}\n\n"
        )
        #expect(try text(EventFrames.gap(after: 3, first: 51)) == "event: gap\ndata: {\"after\":3,\"first\":51}\n\n")
        #expect(
            try text(EventFrames.complete(.run(run), .completed))
                == "event: complete\ndata: {\"projectId\":\"p\",\"runId\":\"r\",\"status\":\"completed\"}\n\n")
        #expect(try text(EventFrame.heartbeat) == ": heartbeat\n\n")
        #expect(try text(EventFrame.retry(milliseconds: 2_000)) == "retry: 2000\n\n")
        let event = LogEvent(
            sequence: 15, position: 99, receivedAt: Timestamp(milliseconds: 0), json: #"{"agent":"director"}"#.bytes)
        #expect(
            try text(EventFrames.event(event, isRun: true))
                == "id: 15\nevent: progress\ndata: {\"agent\":\"director\"}\n\n")
        #expect(
            try text(EventFrames.wrapped(run, event))
                == "id: 99\nevent: progress\ndata: {\"projectId\":\"p\",\"runId\":\"r\",\"seq\":15,\"event\":{\"agent\":\"director\"}}\n\n"
        )
    }
}
