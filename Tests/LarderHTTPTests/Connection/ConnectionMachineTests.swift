import LarderModel
import NIOCore
import NIOHTTP1
import Testing

@testable import LarderHTTP

/// Drives a machine and writes down in words what it wants done.
private struct Driver {
    var machine: ConnectionMachine
    var now = NIODeadline.uptimeNanoseconds(0) + .seconds(1_000)
    var isWritable = true
    /// How requests are served, by their path.
    var services: [String: ConnectionMachine.Service] = [:]
    var log: [String] = []

    init(_ limits: ServerLimits = ServerLimits()) { machine = ConnectionMachine(limits, now: now) }

    static func word(_ action: ConnectionMachine.Action) -> String? {
        switch action {
        case .nothing: nil
        case .look(let head): "look \(head.uri)"
        case .take(let bytes): "take \(String(buffer: bytes))"
        case .feed(let bytes): "feed \(String(buffer: bytes))"
        case .feedEnd: "feed end"
        case .breakBody: "break body"
        case .refuse(let error): "refuse \(error.code.rawValue)"
        case .leave: "leave"
        case .shutDownStream: "shut down stream"
        case .close: "close"
        }
    }

    mutating func note(_ action: ConnectionMachine.Action) {
        if let word = Self.word(action) { log.append(word) }
        guard case .look(let head) = action else { return }
        let service = services[head.uri] ?? .awaited
        machine.serve(service)
        if case .answered = service { answer() }
    }

    /// The answer to the request at hand goes out.
    mutating func answer(isBodyLeft: Bool = false, isKeepAlive: Bool = true, drains: Bool = false) {
        let isLast = machine.endsBehindAnswer(isBodyLeft: isBodyLeft, isKeepAlive: isKeepAlive)
        log.append(isLast ? "last answer" : "answer")
        note(machine.answered(now, isLast: isLast, drains: drains))
    }

    mutating func resume() {
        while let action = machine.takeHeld(isWritable: isWritable) { note(action) }
    }

    mutating func receive(_ parts: HTTPServerRequestPart...) {
        for part in parts { note(machine.received(part, isWritable: isWritable)) }
        machine.readDone(now)
    }

    mutating func look(unsent: Int64? = nil) -> Limit? {
        let (action, limit) = machine.look(now, unsent: unsent)
        note(action)
        return limit
    }
}

private func get(_ path: String) -> HTTPServerRequestPart { .head(head(.GET, path)) }
private func put(_ path: String, _ length: Int) -> HTTPServerRequestPart {
    .head(head(.PUT, path, [("content-length", "\(length)")]))
}
private func body(_ text: String) -> HTTPServerRequestPart { .body(ByteBuffer(string: text)) }
private let end = HTTPServerRequestPart.end(nil)

@Suite("The machine of a connection")
struct ConnectionMachineTests {
    // MARK: One request

    @Test("looks at a request once, and passes over the rest of one that is answered")
    func answered() {
        var driver = Driver()
        driver.services = ["/a": .answered]
        driver.receive(get("/a"), end)
        #expect(driver.log == ["look /a", "answer"])
        driver.receive(get("/b"), end)
        #expect(driver.log == ["look /a", "answer", "look /b", "feed end"])
    }

    @Test("takes a small body in whole and hands it over once")
    func collected() {
        var driver = Driver()
        driver.services = ["/a": .collected(limit: 10)]
        driver.receive(put("/a", 10), body("01234"))
        driver.receive(body("56789"), end)
        #expect(driver.log == ["look /a", "take 0123456789"])
        #expect(!driver.machine.mayRead)
        driver.answer()
        #expect(driver.machine.mayRead)
        #expect(driver.log.last == "answer")
    }

    @Test("takes no more of a small body than was announced")
    func tooMuch() {
        var driver = Driver()
        driver.services = ["/a": .collected(limit: 3)]
        driver.receive(put("/a", 3), body("0123"))
        #expect(driver.log == ["look /a", "close"])
    }

    @Test("brings a body to its task piece by piece, and reads while the task wants more")
    func fed() {
        var driver = Driver()
        driver.receive(put("/a", 4), body("01"))
        #expect(driver.machine.mayRead)
        driver.machine.bodyWanted(false)
        #expect(!driver.machine.mayRead)
        driver.machine.bodyWanted(true)
        driver.receive(body("23"), end)
        #expect(!driver.machine.mayRead, "the next request can wait")
        #expect(driver.log == ["look /a", "feed 01", "feed 23", "feed end"])
    }

    // MARK: Decided later

    @Test(
        "keeps all back until it is known how a request is served, then goes on as if it had been known",
        arguments: [
            (.awaited, ["feed 01", "feed end"]), (.collected(limit: 2), ["take 01"]),
        ] as [(ConnectionMachine.Service, [String])])
    func undecided(_ service: ConnectionMachine.Service, _ expected: [String]) {
        var driver = Driver()
        driver.services = ["/a": .undecided, "/b": .answered]
        driver.receive(put("/a", 2), body("0"))
        driver.receive(body("1"), end, get("/b"), end)
        #expect(driver.log == ["look /a"])
        #expect(!driver.machine.mayRead && !driver.machine.mayAnswer && driver.machine.isUndecided)
        driver.resume()
        #expect(driver.log == ["look /a"])
        driver.machine.serve(service)
        driver.resume()
        #expect(
            driver.log.joined(separator: ", ").replacing("feed 0, feed 1", with: "feed 01")
                == (["look /a"] + expected).joined(separator: ", "))
        driver.answer()
        driver.resume()
        #expect(driver.log.suffix(3) == ["answer", "look /b", "answer"])
    }

    @Test("closes behind an undecided request whose client has gone within it, or left its whole")
    func undecidedAndGone() {
        var driver = Driver()
        driver.services = ["/a": .undecided]
        driver.receive(put("/a", 2), body("0"))
        driver.note(driver.machine.inputClosed())
        #expect(driver.log == ["look /a", "close"])

        driver = Driver()
        driver.services = ["/a": .undecided]
        driver.receive(get("/a"), end)
        driver.note(driver.machine.inputClosed())
        driver.note(driver.machine.quiesce())
        #expect(driver.log == ["look /a"])
        driver.machine.serve(.awaited)
        driver.resume()
        driver.answer()
        #expect(driver.log == ["look /a", "feed end", "last answer", "close"])
        #expect(!driver.machine.isUndecided)
    }

    // MARK: Pipelining

    @Test("keeps what is pipelined back until the answer before is out, in order")
    func pipelined() {
        var driver = Driver()
        driver.services = ["/b": .answered, "/c": .answered, "/d": .collected(limit: 9)]
        driver.receive(get("/a"), end, get("/b"), end, put("/d", 1), body("x"), end, get("/c"), end)
        #expect(driver.log == ["look /a", "feed end"])
        driver.log = []
        driver.answer()
        driver.resume()
        #expect(driver.log == ["answer", "look /b", "answer", "look /d", "take x"])
        driver.log = []
        driver.answer()
        driver.resume()
        #expect(driver.log == ["answer", "look /c", "answer"])
    }

    @Test("answers pipelined requests at once while nothing holds them up")
    func pipelinedAnswers() {
        var driver = Driver()
        driver.services = ["/a": .answered]
        driver.receive(get("/a"), end, get("/a"), end, get("/a"), end)
        #expect(driver.log == ["look /a", "answer", "look /a", "answer", "look /a", "answer"])
    }

    @Test("a stream that is asked for behind other requests begins when they are answered")
    func pipelinedStream() {
        var driver = Driver()
        driver.services = ["/s": .followed]
        driver.receive(get("/a"), end, get("/s"), end)
        driver.answer()
        driver.resume()
        #expect(driver.log == ["look /a", "feed end", "answer", "look /s"])
        #expect(driver.machine.isFollowing)
        driver.receive(get("/b"), end)
        #expect(driver.log.count == 4, "a follower is not listened to")
        #expect(driver.machine.mayRead, "but its leaving has to be seen")
    }

    // MARK: Jam

    @Test("takes no request from a client that does not take its answers, until it does")
    func jam() {
        var driver = Driver()
        driver.services = ["/a": .answered, "/b": .answered]
        driver.isWritable = false
        driver.receive(get("/a"), end, get("/b"), end)
        #expect(driver.log == [])
        #expect(!driver.machine.mayRead)
        driver.resume()
        #expect(driver.log == [])
        driver.isWritable = true
        driver.machine.becameWritable()
        driver.resume()
        #expect(driver.log == ["look /a", "answer", "look /b", "answer"])
        #expect(driver.machine.mayRead)
    }

    // MARK: The end of a connection

    @Test("ends behind the answer to a client that wants no more, or left a body unread")
    func last() {
        var driver = Driver()
        driver.receive(get("/a"), end)
        driver.answer(isKeepAlive: false)
        #expect(driver.log == ["look /a", "feed end", "last answer", "close"])
    }

    @Test("passes over a refused body up to a bound, so that the refusal is read")
    func drained() {
        for (size, count) in [(1_000, 1), (1 << 20, 6)] {
            var driver = Driver()
            driver.receive(put("/a", size * count))
            driver.answer(isBodyLeft: true, drains: true)
            #expect(driver.log == ["look /a", "last answer"])
            #expect(driver.machine.mayRead)
            for _ in 0..<count where driver.log.last != "close" {
                driver.receive(.body(ByteBuffer(repeating: 0, count: size)))
            }
            #expect((driver.log.last == "close") == (size * count > ConnectionMachine.drainMax))
            driver.receive(end)
            #expect(driver.log == ["look /a", "last answer", "close"])
        }
    }

    @Test("does not wait for a body that is all here, or that nobody asked for")
    func notDrained() {
        for drains in [true, false] {
            var driver = Driver()
            driver.receive(put("/a", 1), body("x"))
            if drains { driver.receive(end) }
            driver.answer(isBodyLeft: true, drains: drains)
            #expect(driver.log.last == "close")
        }
    }

    enum Moment: String, CaseIterable, Sendable {
        case idle, collecting, serving, feeding, following, jammed, draining

        fileprivate func driver() -> Driver {
            var driver = Driver()
            driver.services = ["/c": .collected(limit: 9), "/s": .followed]
            switch self {
            case .idle: break
            case .collecting: driver.receive(put("/c", 9), body("x"))
            case .serving: driver.receive(get("/a"), end)
            case .feeding: driver.receive(put("/a", 9), body("x"))
            case .following: driver.receive(get("/s"), end)
            case .jammed:
                driver.isWritable = false
                driver.receive(get("/a"), end)
            case .draining:
                driver.receive(put("/a", 9))
                driver.answer(isBodyLeft: true, drains: true)
            }
            driver.log = []
            return driver
        }
    }

    @Test(
        "on shutdown ends as soon as nothing is under way",
        arguments: [
            (Moment.idle, ["close"]), (.collecting, []), (.serving, []), (.feeding, []),
            (.following, ["shut down stream"]), (.jammed, []), (.draining, []),
        ])
    func quiesce(moment: Moment, expected: [String]) {
        var driver = moment.driver()
        driver.note(driver.machine.quiesce())
        #expect(driver.log == expected)
        switch moment {
        case .serving:
            driver.answer()
            #expect(driver.log == ["last answer", "close"])
        case .feeding:
            driver.receive(end)
            driver.answer()
            #expect(driver.log == ["feed end", "last answer", "close"])
        case .jammed:
            driver.isWritable = true
            driver.machine.becameWritable()
            driver.resume()
            driver.answer()
            #expect(driver.log == ["look /a", "feed end", "last answer", "close"])
        case .idle, .collecting, .following, .draining: break
        }
    }

    @Test(
        "when the client closes its half, answers what it was asked, and goes",
        arguments: [
            (Moment.idle, ["close"]), (.collecting, ["close"]), (.serving, []), (.feeding, ["break body"]),
            (.following, ["leave"]), (.jammed, []), (.draining, ["close"]),
        ])
    func halfClosed(moment: Moment, expected: [String]) {
        var driver = moment.driver()
        driver.note(driver.machine.inputClosed())
        #expect(driver.log == expected)
        guard moment == .serving || moment == .feeding else { return }
        driver.answer(isBodyLeft: moment == .feeding, drains: moment == .feeding)
        driver.resume()
        #expect(driver.log.last == "close")
    }

    @Test("answers all that was pipelined before the client closed its half")
    func halfClosedBehindMany() {
        var driver = Driver()
        driver.services = ["/b": .answered]
        driver.receive(get("/a"), end, get("/b"), end, get("/b"), end)
        driver.note(driver.machine.inputClosed())
        driver.answer()
        driver.resume()
        #expect(
            driver.log == ["look /a", "feed end", "answer", "look /b", "answer", "look /b", "answer", "close"])
    }

    @Test(
        "what can't be read is refused, unless something is under way",
        arguments: [
            (Moment.idle, ["refuse malformed_request"]), (.collecting, ["close"]), (.serving, []),
            (.feeding, ["break body"]), (.following, []), (.jammed, []), (.draining, ["close"]),
        ])
    func unreadable(moment: Moment, expected: [String]) {
        var driver = moment.driver()
        let refusal = LarderError(.malformedRequest, "no")
        for _ in 0..<2 {
            driver.note(driver.machine.inputFailed(HTTPParserError.invalidMethod, refusal: refusal))
        }
        #expect(driver.log == expected)
        guard moment == .serving else { return }
        driver.answer()
        driver.resume()
        #expect(driver.log == ["answer", "close"], "what came before is answered")
    }

    @Test(
        "when the connection is gone, its task and its stream have to know",
        arguments: [
            (Moment.idle, []), (.collecting, []), (.serving, []), (.feeding, ["break body"]),
            (.following, ["leave"]), (.jammed, []), (.draining, []),
        ])
    func inactive(moment: Moment, expected: [String]) {
        var driver = moment.driver()
        driver.note(driver.machine.inactive())
        driver.note(driver.machine.inactive())
        driver.receive(get("/late"), end)
        driver.resume()
        #expect(driver.log == expected)
        #expect(!driver.machine.mayAnswer)
    }

    // MARK: Slow clients

    @Test("a head that takes too long is refused, an idle connection closed")
    func slowHead() {
        var driver = Driver()
        driver.machine.readDone(driver.now)
        driver.now = driver.now + .seconds(20)
        #expect(driver.look() == nil)
        #expect(driver.log == ["refuse request_timeout"])
        var idle = Driver()
        idle.now = idle.now + .seconds(75)
        #expect(idle.look() == .idleTime)
        #expect(idle.log == ["close"])
    }

    @Test(
        "a body that takes too long ends what waits for it",
        arguments: [
            (Moment.collecting, ["refuse request_timeout"], nil), (.feeding, ["break body"], Limit.bodyRate),
            (.draining, ["close"], .bodyRate), (.serving, [], nil), (.following, [], nil), (.jammed, [], nil),
        ] as [(Moment, [String], Limit?)])
    func slowBody(moment: Moment, expected: [String], limit: Limit?) {
        var driver = moment.driver()
        driver.machine.readAsked(driver.now)
        driver.now = driver.now + .seconds(1_000)
        #expect(driver.look() == limit)
        #expect(driver.log == expected)
    }

    @Test("a body is not late while its task wants none")
    func ownTime() {
        var driver = Moment.feeding.driver()
        driver.machine.bodyWanted(false)
        driver.now = driver.now + .seconds(1_000)
        #expect(driver.look() == nil)
        #expect(driver.log == [])
    }

    @Test("a client that takes too little of its answers is cut off")
    func slowReader() {
        var driver = Moment.serving.driver()
        driver.machine.wrote(100_000)
        #expect(driver.look(unsent: 100_000) == nil)
        driver.now = driver.now + .seconds(20)
        #expect(driver.look(unsent: 99_000) == .readRate)
        #expect(driver.log == ["close"])
    }

    // MARK: Framing

    @Test("breaks a body off whose chunks are nearly all framing, at whatever it is", arguments: Moment.allCases)
    func waste(moment: Moment) {
        var driver = moment.driver()
        driver.note(driver.machine.bytesCame(1 << 20))
        #expect(driver.log == [], "what brought the head is not counted")
        driver.note(driver.machine.bytesCame(16 << 10))
        #expect(driver.log == [])
        driver.note(driver.machine.bytesCame(1_000))
        let expected: [String] =
            switch moment {
            case .idle, .serving, .following, .jammed: []
            case .collecting, .draining: ["close"]
            case .feeding: ["break body"]
            }
        #expect(driver.log == expected)
    }

    @Test("counts framing against the body that it carries")
    func honestChunks() {
        var driver = Driver()
        driver.receive(put("/a", 100))
        driver.note(driver.machine.bytesCame(100))
        for _ in 0..<100_000 {
            driver.note(driver.machine.received(body("x"), isWritable: true))
            driver.note(driver.machine.bytesCame(6))
        }
        #expect(!driver.log.contains("break body"))
        for _ in 0..<2_000 {
            driver.note(driver.machine.received(body("x"), isWritable: true))
            driver.note(driver.machine.bytesCame(1_000))
        }
        #expect(driver.log.contains("break body"))
    }
}
