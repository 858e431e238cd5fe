import EventStreams
import Gzip
import Index
import LarderHTTP
import LarderModel
import LarderTestSupport
import Logs
import NIOCore
import Testing

@testable import LarderClient
@testable import LarderServer

@Suite("Fuzz: gzip that comes in")
struct GzipInputTests {
    /// Text that packs, noise that doesn't, or nothing.
    private static func plain(_ dice: inout Seeded) -> [UInt8] {
        switch dice.number(0...3) {
        case 0: dice.bytes(0...400)
        case 1: [UInt8](repeating: 7, count: dice.number(0...200_000))
        default: dice.many(0...60) { $0.pick(["{\"agent\":\"director\"},", "progress", "\n", "🎬"]) }.joined().bytes
        }
    }

    private static func packed(_ plain: [UInt8]) -> [UInt8] {
        plain.withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
    }

    /// What the server makes of a request's body in these pieces; nil when it refuses it.
    private static func inflated(_ pieces: [ArraySlice<UInt8>]) async throws -> [UInt8]? {
        let inflater = Inflater(ratioMax: 200)
        var out: [UInt8] = []
        do {
            for piece in pieces {
                inflater.take(ByteBuffer(bytes: piece))
                while let plain = try inflater.next() {
                    try Fuzz.require(plain.readableBytes <= 64 << 10, "a piece of \(plain.readableBytes) bytes")
                    out += Array(plain.readableBytesView)
                }
            }
            try inflater.finish()
        } catch let error as LarderError {
            try Fuzz.require(error.code == .malformedRequest, "\(error)")
            return nil
        }
        return out
    }

    @Test("cut at every boundary it gives what it gives whole, and nothing before its end")
    func boundaries() async throws {
        var dice = Seeded(1)
        for plain in [[], "x".bytes, "director ".bytes + dice.bytes(20...20), [UInt8](repeating: 0, count: 70_000)] {
            let packed = Self.packed(plain)
            for cut in 0...packed.count {
                let (head, tail) = (packed[..<cut], packed[cut...])
                #expect(
                    try await Self.inflated([head, tail].filter { !$0.isEmpty }) == plain,
                    "\(plain.count) bytes cut at \(cut)")
                if cut < packed.count {
                    #expect(try await Self.inflated([head]) == nil, "\(plain.count) bytes ended at \(cut)")
                }
            }
        }
    }

    @Test("in any pieces, of any number of members, it gives their contents; damaged, it is refused or the same")
    func pieces() async throws {
        for round in 0..<150 * Fuzz.factor {
            var dice = Seeded(UInt64(round) &+ 9)
            let plains = dice.many(1...3) { Self.plain(&$0) }
            let whole = plains.flatMap { Self.packed($0) }
            let expected = plains.flatMap(\.self)
            #expect(
                try await Self.inflated(dice.pieces(whole, max: dice.pick([1, 7, 1_000, 300_000]))) == expected,
                "round \(round)")
            // Each member has a checksum: nothing that was changed comes through as something else.
            let damaged = dice.damaged(Self.packed(plains[0]), times: 1...1)
            if let survived = try await Self.inflated(dice.pieces(damaged, max: 5_000)) {
                #expect(survived == plains[0], "round \(round): damage came through")
            }
        }
    }
}

@Suite("Fuzz: event streams")
struct EventStreamTests {
    /// WHATWG HTML §9.2.6 once more, on the whole text: lines first, then fields.
    private static func oracle(_ stream: [UInt8]) -> [ServerSentEvent] {
        var bytes = stream
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        var lines: [[UInt8]] = [[]]
        var i = 0
        while i < bytes.count {
            if bytes[i] == 13 || bytes[i] == 10 {
                if bytes[i] == 13, i + 1 < bytes.count, bytes[i + 1] == 10 { i += 1 }
                lines.append([])
            } else {
                lines[lines.count - 1].append(bytes[i])
            }
            i += 1
        }
        lines.removeLast()  // no line end came
        var events: [ServerSentEvent] = []
        var (type, data, id) = ("", [UInt8](), "")
        var hasData = false
        for line in lines {
            if line.isEmpty {
                if hasData {
                    events.append(
                        ServerSentEvent(
                            type: type.isEmpty ? "message" : type, data: Array(data.dropLast()), lastEventID: id))
                }
                (type, data, hasData) = ("", [], false)
                continue
            }
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? Array(parts[1]) : []
            if value.first == 32 { value.removeFirst() }
            switch Array(parts[0]).text {
            case "event": type = value.text
            case "data": (data, hasData) = (data + value + [10], true)
            case "id": if !value.contains(0) { id = value.text }
            default: break
            }
        }
        return events
    }

    private static func parsed(_ pieces: [ArraySlice<UInt8>]) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser()
        return try pieces.flatMap { try parser.feed($0) }
    }

    @Test("the client's parser does what the standard says, however the stream is cut")
    func parser() {
        let words = [
            "data", "event", "id", "retry", ":", ": ", "\n", "\r", "\r\n", "\n\n", "\u{0}", "\u{FEFF}", "x", "é", "1",
        ]
        Fuzz.run(3_000) { dice in
            let stream = dice.damaged(dice.many(0...30) { $0.pick(words) }.joined().bytes, words: words, times: 0...3)
            let expected = Self.oracle(stream)
            try Fuzz.require(try Self.parsed([stream[...]]) == expected, "\(stream.text.debugDescription)")
            try Fuzz.require(
                try Self.parsed(dice.pieces(stream, max: 3)) == expected, "\(stream.text.debugDescription) in pieces")
        }
    }

    /// HTTP/1.1 chunks (RFC 9112 §7.1) undone.
    private static func unchunked(_ chunks: [UInt8]) throws -> [UInt8] {
        var (rest, out) = (chunks[...], [UInt8]())
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: 13), let size = Int(Array(rest[..<end]).text, radix: 16), size > 0,
                rest.count >= end + 4 + size - rest.startIndex
            else { throw Fuzz.Broken(description: "no chunk") }
            let body = rest[(end + 2)..<(end + 2 + size)]
            out += body
            try Fuzz.require(rest[(end + 2 + size)...].starts(with: [13, 10]), "a chunk does not end where it says")
            rest = rest[(end + 4 + size)...]
        }
        return out
    }

    @Test("what the server frames the client reads back, byte for byte, cut anywhere")
    func roundTrip() {
        Fuzz.run(800) { dice in
            let named = { (dice: inout Seeded) -> Identifier in
                let bytes = dice.text(1...8).bytes.filter { $0 != UInt8(ascii: "/") }
                return Identifier(bytes.isEmpty ? "p" : bytes.text)
            }
            let run = try RunName(project: named(&dice), run: named(&dice))
            try Fuzz.require(RunName(try run.key()) == run, "\(run) is another by its key")
            let events = dice.many(1...4) { dice in
                let json = JSONText.onOneLine(dice.jsonObject().bytes[...])
                return LogEvent(
                    sequence: Int64(dice.number(1...999)), position: Int64(dice.number(1...99_999)),
                    receivedAt: Timestamp(milliseconds: 0),
                    json: json)
            }
            var stream = EventFrame.retry(milliseconds: 2_000).chunk
            stream.writeImmutableBuffer(EventFrames.connected(.run(run), state: .running, last: 0).chunk)
            for event in events {
                stream.writeImmutableBuffer(EventFrames.event(event, isRun: true).chunk)
                if dice.once(in: 3) { stream.writeImmutableBuffer(EventFrame.heartbeat.chunk) }
                stream.writeImmutableBuffer(EventFrames.wrapped(run, event).chunk)
            }
            stream.writeImmutableBuffer(EventFrames.complete(.run(run), .completed).chunk)
            let text = try Self.unchunked(Array(stream.readableBytesView))
            let read = try Self.parsed(dice.pieces(text, max: 7))
            try Fuzz.require(
                read.map(\.type) == ["connected"] + events.flatMap { _ in ["progress", "progress"] } + ["complete"],
                "\(text.text)")
            for (i, event) in events.enumerated() {
                let (plain, wrapped) = (read[1 + 2 * i], read[2 + 2 * i])
                try Fuzz.require(
                    plain.data == event.json && plain.lastEventID == "\(event.sequence)", "\(event.json.text)")
                try Fuzz.require(wrapped.lastEventID == "\(event.position)", "\(wrapped)")
                let members = try JSONText.members(of: try JSONText.check(wrapped.data), in: wrapped.data)
                try Fuzz.require(members.map(\.name.text) == ["projectId", "runId", "seq", "event"], wrapped.data.text)
                let names = members.prefix(2).map {
                    JSONText.unescape(wrapped.data[$0.value.range].dropFirst().dropLast())
                }
                try Fuzz.require(names == [run.project.bytes, run.run.bytes], wrapped.data.text)
                try Fuzz.require(Array(wrapped.data[members[3].value.range]) == event.json, wrapped.data.text)
            }
        }
    }

    @Test(
        """
        whatever a client appends is refused, or is one line of JSON that fits a frame, and says something of its run \
        that can be shown
        """
    )
    func appended() throws {
        let corpus = try Fuzz.corpus("json")
        let rule = Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(64_000), log: Policy.LogRule())
        Fuzz.run(2_500) { dice in
            let object = dice.once(in: 2) ? dice.jsonObject().bytes : dice.pick(corpus)
            let body = dice.damaged(
                dice.once(in: 2) ? object : "[".bytes + object + ",{}]".bytes, words: Seeded.jsonWords, times: 0...3)
            do throws(LarderError) {
                for event in try EventParser(rule, maxDepth: JSONText.depthDefault).objectOrArray(body) {
                    let value = try JSONText.check(event.json)
                    guard value.kind == .object, value.range == event.json.indices, !event.json.contains(10),
                        !event.json.contains(13)
                    else {
                        throw LarderError(.internalError, "no frame can hold it")
                    }
                }
            } catch {
                guard error.code == .notJSON || error.code == .entryTooLarge else {
                    throw Fuzz.Broken(description: "\(body.text): \(error)")
                }
            }
        }
    }
}
