import EventStreams
import LarderModel
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import LarderHTTP

/// A connection that writes down what an event stream does with it.
private final class Recorder: EventConnection {
    var log: [String] = []
    var isKeepingUp = true
    var sent: [EventLoopPromise<Void>] = []

    deinit { for sent in sent { sent.fail(ChannelError.ioOnClosedChannel) } }

    func openStream(_ answer: Answer) { log.append("\(answer.status.code)") }
    func transmit(_ frames: [EventFrame], _ sent: EventLoopPromise<Void>?) {
        log.append(frames.map { String(buffer: $0.text).dropLast(2) }.joined(separator: "|"))
        if let sent { self.sent.append(sent) }
    }
    func closeStream() { log.append("close") }
    func cutStream() { log.append("cut") }
}

private final class Source: EventSource {
    var starts = 0
    var ends = 0
    func start() { starts += 1 }
    func ended() { ends += 1 }
}

@Suite("An event stream")
struct EventStreamTests {
    private let loop = EmbeddedEventLoop()
    private let connection = Recorder()
    private let source = Source()
    private let gate = Gatekeeper()
    private static let retry = "retry: 2000"

    private func stream(isAllowed: @escaping @Sendable () -> Bool = { true }) -> EventStream {
        let stream = EventStream(connection, loop: loop, gate: gate, isAllowed: isAllowed)
        stream.start(source)
        #expect(source.starts == 1)
        return stream
    }

    private func refusals(_ limit: Limit) -> Bool {
        var text = MetricsText()
        gate.write(to: &text)
        return text.text.contains("larder_limit_refusals_total{limit=\"\(limit.rawValue)\"} 1\n")
    }

    @Test("begins with when to come back, and goes on with what is sent")
    func sent() {
        let stream = stream()
        stream.open([:], [EventFrame(event: "a", data: "1".utf8)])
        stream.send([EventFrame(event: "b", id: "7", data: "2".utf8), .heartbeat])
        stream.end([EventFrame(event: "c", data: "3".utf8)])
        stream.send([.heartbeat])
        stream.end([])
        stream.cut()
        #expect(
            connection.log == [
                "200", "\(Self.retry)|event: a\ndata: 1", "id: 7\nevent: b\ndata: 2|: heartbeat",
                "event: c\ndata: 3", "close",
            ])
        #expect(source.ends == 1)
        #expect(stream.isOver)
    }

    @Test("goes on when what it waits for is out, unless it is over by then")
    func awaited() throws {
        let stream = stream()
        var steps: [Int] = []
        stream.open([:], []) { steps.append(1) }
        #expect(steps == [])
        connection.sent[0].succeed()
        #expect(steps == [], "not within the write")
        loop.run()
        #expect(steps == [1])
        stream.send([.heartbeat]) { steps.append(2) }
        stream.leave()
        connection.sent[1].succeed()
        loop.run()
        #expect(steps == [1])
        #expect(source.ends == 1)
    }

    @Test("is refused with an answer, before it has begun")
    func refused() {
        let stream = stream()
        stream.refuse(Answer(.serviceUnavailable), .followers)
        stream.refuse(Answer(.ok))
        #expect(connection.log == ["503", "close"])
        #expect(refusals(.followers))
        #expect(source.ends == 1)
    }

    @Test("is cut when its client does not keep up")
    func slow() {
        let stream = stream()
        stream.open([:], [])
        connection.isKeepingUp = false
        stream.send([.heartbeat])
        #expect(connection.log == ["200", Self.retry, "cut"])
        #expect(refusals(.followerBuffer))
    }

    @Test("ends when who asked is let in no longer")
    func revoked() {
        let stream = stream { false }
        stream.open([:], [])
        #expect(!stream.check())
        #expect(connection.log == ["200", Self.retry, Self.retry, "close"])
        #expect(!stream.check())
    }

    @Test("on shutdown tells its client to come back, each at another time")
    func shutDown() {
        var waits: Set<String> = []
        for _ in 0..<20 {
            let connection = Recorder()
            let stream = EventStream(connection, loop: loop, gate: gate) { true }
            stream.open([:], [])
            stream.shutDown()
            #expect(connection.log.last == "close")
            waits.insert(connection.log[2])
        }
        #expect(waits.count > 10)
        #expect(waits.allSatisfy { $0.hasPrefix("retry: ") })
        let opening = stream()
        opening.shutDown()
        #expect(connection.log == ["cut"], "one that has no head yet says nothing")
    }

    @Test("says nothing by itself while it has just spoken, or while something is on its way out")
    func quiet() {
        let stream = stream()
        stream.open([:], [])
        stream.keepAlive()
        stream.send([.heartbeat]) {}
        #expect(stream.check())
        stream.keepAlive()
        #expect(connection.log == ["200", Self.retry, ": heartbeat"])
    }
}

@Suite("A frame")
struct EventFrameTests {
    @Test(
        "lies in one chunk, with its text in the middle",
        arguments: [0, 1, 15, 16, 240, 255, 4_096, 70_000])
    func chunk(size: Int) {
        let data = String(repeating: "x", count: size)
        let frame = EventFrame(event: "e", id: "12", data: data.utf8)
        let text = "id: 12\nevent: e\ndata: \(data)\n\n"
        #expect(String(buffer: frame.text) == text)
        #expect(String(buffer: frame.chunk) == "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }
}
