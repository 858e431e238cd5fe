import NIOCore
import Testing

@testable import LarderModel
@testable import LarderHTTP

@Suite("Patience with a client")
struct ClientPatienceTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1_000 + seconds) }

    /// Head 20 s, idle 75 s, 1,000 bytes a second over 20 s.
    private func patience() -> ClientPatience { ClientPatience(ServerLimits(), now: Self.at(0)) }

    private func ready() -> ClientPatience {
        var patience = patience()
        patience.headCame()
        patience.answered(Self.at(0))
        return patience
    }

    @Test(
        "A connection that has said nothing is idle, not late",
        arguments: [(74, nil), (75, Limit.idleTime)] as [(Int64, Limit?)])
    func firstHead(_ seconds: Int64, _ expected: Limit?) {
        var patience = patience()
        #expect(patience.look(Self.at(seconds), awaiting: .head, unsent: nil) == expected)
    }

    @Test("A later head has it from its first byte, however many follow")
    func dribble() {
        var patience = ready()
        for second in stride(from: Int64(50), to: 70, by: 1) {
            patience.readAsked(Self.at(second))
            patience.readDone(Self.at(second), isBetweenRequests: true)
            #expect(patience.look(Self.at(second), awaiting: .head, unsent: nil) == nil)
        }
        #expect(patience.look(Self.at(70), awaiting: .head, unsent: nil) == .headTime)
        patience.headCame()
        #expect(patience.look(Self.at(71), awaiting: .nothing, unsent: nil) == nil)
    }

    @Test(
        "Between requests it waits from the last answer on",
        arguments: [(74, nil), (75, Limit.idleTime)] as [(Int64, Limit?)])
    func idle(_ seconds: Int64, _ expected: Limit?) {
        var patience = ready()
        #expect(patience.look(Self.at(seconds), awaiting: .head, unsent: nil) == expected)
    }

    @Test("While the server works nothing is late")
    func ownTime() {
        var patience = ready()
        #expect(patience.look(Self.at(10_000), awaiting: .nothing, unsent: nil) == nil)
    }

    @Test(
        "A body must bring the rate in each window",
        arguments: [(1_000, nil), (999, Limit.bodyRate)] as [(Int, Limit?)])
    func bodyRate(_ bytesASecond: Int, _ expected: Limit?) {
        var patience = ready()
        // A first window far above the rate spares the next nothing.
        patience.readAsked(Self.at(0))
        patience.bodyCame(1_000_000)
        #expect(patience.look(Self.at(20), awaiting: .body, unsent: nil) == nil)
        for second in stride(from: Int64(21), through: 39, by: 1) {
            patience.bodyCame(bytesASecond)
            patience.readDone(Self.at(second), isBetweenRequests: false)
            patience.readAsked(Self.at(second))
            #expect(patience.look(Self.at(second), awaiting: .body, unsent: nil) == nil)
        }
        patience.bodyCame(bytesASecond)
        #expect(patience.look(Self.at(40), awaiting: .body, unsent: nil) == expected)
    }

    @Test("A body's time counts only while a read is asked for")
    func bodyHeldBack() {
        var patience = ready()
        for second in stride(from: Int64(0), to: 500, by: 10) {
            // A second of waiting in ten: the disk is the slow side.
            patience.readAsked(Self.at(second))
            patience.readDone(Self.at(second + 1), isBetweenRequests: false)
            let limit = patience.look(Self.at(second + 5), awaiting: .body, unsent: nil)
            #expect(limit == (second == 190 || second == 390 ? .bodyRate : nil))
        }
    }

    @Test(
        "A reader must take the rate while answers jam",
        arguments: [(1_000, nil), (990, Limit.readRate)] as [(Int64, Limit?)])
    func readRate(_ bytesASecond: Int64, _ expected: Limit?) {
        var patience = ready()
        var unsent: Int64 = 60_000
        patience.wrote(60_000)
        for second in stride(from: Int64(0), to: 20, by: 1) {
            #expect(patience.look(Self.at(second), awaiting: .nothing, unsent: unsent) == nil)
            unsent -= bytesASecond
        }
        #expect(patience.look(Self.at(20), awaiting: .nothing, unsent: unsent) == expected)
    }

    @Test("What the server adds while the client reads is no jam of the client's")
    func refilled() {
        var patience = ready()
        for second in stride(from: Int64(0), to: 100, by: 5) {
            patience.wrote(500_000)
            #expect(patience.look(Self.at(second), awaiting: .nothing, unsent: 500_000) == nil)
        }
    }

    @Test("A jam that went away begins anew")
    func unjammed() {
        var patience = ready()
        #expect(patience.look(Self.at(0), awaiting: .nothing, unsent: 70_000) == nil)
        patience.becameWritable()
        #expect(patience.look(Self.at(21), awaiting: .nothing, unsent: 70_000) == nil)
        #expect(patience.look(Self.at(40), awaiting: .nothing, unsent: 70_000) == nil)
        #expect(patience.look(Self.at(41), awaiting: .nothing, unsent: 70_000) == .readRate)
    }

    @Test("It is asked as often as its shortest time needs, at most every five seconds")
    func interval() {
        #expect(patience().lookInterval == .seconds(5))
        var limits = ServerLimits()
        limits.headTime = .seconds(1)
        #expect(ClientPatience(limits, now: Self.at(0)).lookInterval == .milliseconds(250))
    }
}
