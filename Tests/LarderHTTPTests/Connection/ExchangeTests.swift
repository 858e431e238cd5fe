import LarderModel
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing

@testable import LarderHTTP

/// Serves each path as it says, and counts the looks.
private final class Scripted: HTTPResponder {
    let looks = Mutex<[String]>([])
    let outcomes = Mutex<[FinishedExchange]>([])

    func exchange(for request: RequestHead) -> Exchange {
        looks.withLock { $0.append("\(request.path)") }
        return Exchange(Exchange.Label(3), Self.way(request))
    }

    private static func way(_ request: RequestHead) -> Exchange.Way {
        switch request.path {
        case "/now": return .answer(.json(.ok, "now"))
        case "/small":
            return .collect(
                limit: 100,
                take: { body, done in
                    done(.json(.ok, "took \(String(buffer: body))"))
                    return true
                }, fallback: echo)
        case "/declined": return .collect(limit: 100, take: { _, _ in false }, fallback: echo)
        case "/refused": return .task { _ in .error(LarderError(.unauthorized, "no")) }
        case "/long":
            return .task { _ in
                Answer(
                    .ok,
                    body: .parts(
                        [.bytes(ByteBuffer(string: "ab")), .content { Pieces(["cd", "ef"]) }], length: 6))
            }
        case "/whole":
            return .task { _ in
                var answer = Answer(.ok, body: .bytes(ByteBuffer(repeating: 7, count: 200_000)))
                answer.holding = Kept()
                return answer
            }
        case "/damaged":
            return .task { _ in
                Answer(.ok, body: .parts([.content { Pieces(["ab"], LarderError(.corruptEntry, "torn")) }], length: 6))
            }
        default: return .task(echo)
        }
    }

    private static let echo: Exchange.Task = { body in
        do {
            return .json(.ok, "read \(String(decoding: try await body.collect(limit: 1 << 20), as: UTF8.self))")
        } catch {
            return .error(LarderError.wrapping(error))
        }
    }

    func exchange(for request: RequestHead, refusing fault: LarderError) -> Exchange {
        Exchange(Exchange.Label(0), .answer(.error(fault)))
    }
    func refusal(_ error: LarderError) -> Answer { .error(error) }
    func finished(_ exchange: FinishedExchange) { outcomes.withLock { $0.append(exchange) } }
}

/// Goes with an answer, and counts when it is let go of.
private final class Kept: Sendable {
    static let released = Counter()
    deinit { Self.released.add() }
}

private struct Pieces: PieceSource {
    private var texts: ArraySlice<String>
    private let failure: LarderError?

    init(_ texts: [String], _ failure: LarderError? = nil) {
        self.texts = texts[...]
        self.failure = failure
    }

    mutating func next() async throws -> ByteBuffer? {
        if let text = texts.popFirst() { return ByteBuffer(string: text) }
        if let failure { throw failure }
        return nil
    }
}

@Suite("A connection")
struct ExchangeTests {
    /// What goes out, in words, until a connection has been closed or `count` answers are whole.
    private static func answers(_ channel: NIOAsyncTestingChannel, _ count: Int) async throws -> [String] {
        var answers: [String] = [], text = ""
        while answers.count < count {
            switch try await channel.waitForOutboundWrite(as: HTTPServerResponsePart.self) {
            case .head(let head):
                text = "\(head.status.code)"
                if head.headers.first(name: "connection") == "close" { text += " close" }
            case .body(.byteBuffer(let bytes)): text += " " + String(buffer: bytes)
            case .body: text += " ?"
            case .end: answers.append(text)
            }
        }
        return answers
    }

    private func withConnection(
        _ body: (NIOAsyncTestingChannel, Scripted) async throws -> Void
    ) async throws {
        let responder = Scripted()
        let wire = WireContext.stub(Gatekeeper(), responder)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await wire.tasks.carryOut() }
            let channel = try await NIOAsyncTestingChannel { channel in
                try channel.pipeline.syncOperations.addHandler(
                    ConnectionHandler(wire, peer: .none, loop: channel.eventLoop))
            }
            try await channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            do { try await body(channel, responder) } catch { Issue.record(error) }
            if channel.isActive { try await channel.close().get() }
            wire.tasks.finish()
        }
    }

    private func send(_ channel: NIOAsyncTestingChannel, _ parts: HTTPServerRequestPart...) async throws {
        for part in parts { try await channel.writeInbound(part) }
    }

    private static let end = HTTPServerRequestPart.end(nil)

    @Test("answers what is known at once, looks once, and reports it")
    func known() async throws {
        try await withConnection { channel, responder in
            try await send(channel, .head(head(.GET, "/now")), Self.end)
            #expect(try await Self.answers(channel, 1) == ["200 now"])
            #expect(responder.looks.withLock { $0 } == ["/now"])
            let outcome = try #require(responder.outcomes.withLock { $0.first })
            #expect(outcome.label == Exchange.Label(3) && outcome.isOnLoop)
            #expect(outcome.status == .ok && outcome.bytesOut == 3 && outcome.failure == nil)
        }
    }

    @Test("answers a head that is refused, whatever it asks for, and ends behind it")
    func refusedHead() async throws {
        let faults: [(HTTPServerRequestPart, String)] = [
            (.head(head(.GET, "/now", [("host", "a"), ("host", "b")])), "400 close"),
            (.head(head(.PUT, "/small", [("transfer-encoding", "gzip, chunked")])), "501 close"),
            (.head(head(.PUT, "/slow", [("content-range", "bytes 0-1/2"), ("content-length", "2")])), "400 close"),
        ]
        for (fault, expected) in faults {
            try await withConnection { channel, responder in
                try await send(channel, fault)
                #expect(try await Self.answers(channel, 1).first?.hasPrefix(expected) == true)
                try? await send(channel, Self.end, .head(head(.GET, "/now")), Self.end)
                #expect(responder.looks.withLock { $0 }.isEmpty)
                #expect(!channel.isActive)
            }
        }
    }

    @Test("answers pipelined requests in order, whichever way each is served, looking once at each")
    func pipelined() async throws {
        try await withConnection { channel, responder in
            let paths = ["/slow", "/now", "/small", "/long", "/declined", "/now"]
            for path in paths {
                try await send(
                    channel, .head(head(.PUT, path, path == "/now" ? [] : [("content-length", "1")])))
                if path != "/now" { try await send(channel, .body(ByteBuffer(string: "x"))) }
                try await send(channel, Self.end)
            }
            #expect(
                try await Self.answers(channel, 4) == ["200 read x", "200 now", "200 took x", "200 close ab cd ef"])
            #expect(responder.looks.withLock { $0 } == Array(paths.prefix(4)), "a body was left unread")
        }
    }

    @Test("does by a task what the event loop had better not")
    func declined() async throws {
        try await withConnection { channel, responder in
            try await send(
                channel, .head(head(.PUT, "/declined", [("content-length", "3")])), .body(ByteBuffer(string: "abc")),
                Self.end, .head(head(.GET, "/now")), Self.end)
            #expect(try await Self.answers(channel, 2) == ["200 read abc", "200 now"])
            #expect(responder.outcomes.withLock { $0.map(\.isOnLoop) } == [false, true])
        }
    }

    @Test("sends a long answer piece by piece, and goes on behind it")
    func long() async throws {
        try await withConnection { channel, responder in
            try await send(channel, .head(head(.GET, "/long")), Self.end, .head(head(.GET, "/now")), Self.end)
            #expect(try await Self.answers(channel, 2) == ["200 ab cd ef", "200 now"])
            #expect(responder.outcomes.withLock { $0.map(\.bytesOut) } == [6, 3])
        }
    }

    @Test("sends what is large and in memory in pieces, and lets go of it behind the last, or where nobody takes them")
    func whole() async throws {
        let before = Kept.released.value
        try await withConnection { channel, _ in
            try await send(channel, .head(head(.GET, "/whole")), Self.end)
            var sizes: [Int] = []
            loop: while true {
                switch try await channel.waitForOutboundWrite(as: HTTPServerResponsePart.self) {
                case .head: break
                case .body(.byteBuffer(let bytes)): sizes.append(bytes.readableBytes)
                case .body: Issue.record("a body of another kind")
                case .end: break loop
                }
            }
            #expect(sizes == [65_536, 65_536, 65_536, 3_392])
        }
        #expect(Kept.released.value == before + 1)
        try await withConnection { channel, _ in
            try await send(channel, .head(head(.GET, "/whole")), Self.end)
            _ = try await channel.waitForOutboundWrite(as: HTTPServerResponsePart.self)
            try await channel.close().get()
        }
        #expect(Kept.released.value == before + 2)
    }

    @Test("cuts an answer whose content turns out damaged")
    func damaged() async throws {
        try await withConnection { channel, responder in
            try await send(channel, .head(head(.GET, "/damaged")), Self.end)
            try await channel.closeFuture.get()
            #expect(responder.outcomes.withLock { $0.map { $0.failure?.code } } == [.corruptEntry])
        }
    }

    @Test("refuses before the body has come, passes over the rest of it, and ends")
    func refused() async throws {
        try await withConnection { channel, _ in
            try await send(
                channel, .head(head(.PUT, "/refused", [("content-length", "6")])), .body(ByteBuffer(string: "abc")))
            let answers = try await Self.answers(channel, 1)
            #expect(answers.count == 1 && answers[0].hasPrefix("401 close"))
            #expect(channel.isActive, "its client may still be sending")
            try await send(channel, .body(ByteBuffer(string: "def")), Self.end)
            try await channel.closeFuture.get()
        }
    }

    @Test("asks for a body where its client waits for that, and only when it is wanted")
    func expected() async throws {
        try await withConnection { channel, _ in
            let fields = [("content-length", "3"), ("expect", "100-continue")]
            try await send(channel, .head(head(.PUT, "/slow", fields)))
            guard case .head(let asked) = try await channel.waitForOutboundWrite(as: HTTPServerResponsePart.self) else {
                Issue.record("there is no head")
                return
            }
            #expect(asked.status == .continue)
            try await send(channel, .body(ByteBuffer(string: "abc")), Self.end)
            #expect(try await Self.answers(channel, 1) == ["200 read abc"])
            try await send(channel, .head(head(.PUT, "/refused", fields)))
            let answers = try await Self.answers(channel, 1)
            #expect(answers[0].hasPrefix("401 close"))
            try await channel.closeFuture.get()
        }
    }

    @Test("tells a task when the connection ends within its body, and goes on taking its answer for nothing")
    func broken() async throws {
        try await withConnection { channel, responder in
            try await send(
                channel, .head(head(.PUT, "/slow", [("content-length", "6")])), .body(ByteBuffer(string: "abc")))
            try await channel.close().get()
            await channel.testingEventLoop.run()
            #expect(responder.outcomes.withLock { $0.isEmpty })
        }
    }
}
