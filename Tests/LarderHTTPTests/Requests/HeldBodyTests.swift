import LarderModel
import NIOCore
import Synchronization
import Testing

@testable import LarderHTTP

@Suite("A body that is held whole")
struct HeldBodyTests {
    private let buffers = BufferBudget(ByteCount(1_000_000))
    private let asked = Counter()

    /// A body of which so many bytes have come.
    private func body(_ count: Int, announced: Int?, _ coding: ContentCoding = .none) -> IncomingBody {
        let pipe = BodyPipe {}
        var left = count
        while left > 0 {
            _ = pipe.push(ByteBuffer(repeating: 7, count: min(left, 10_000)))
            left -= 10_000
        }
        pipe.finish(.success(()))
        return IncomingBody(
            pipe, coding, inflateRatio: 200, announced: announced, buffers: buffers, gate: nil
        ) { [asked] in asked.add() }
    }

    @Test("counts what it was announced with, as often as it is held, until nobody has it", arguments: [1, 2, 3])
    func announced(copies: Int) async throws {
        do {
            let body = body(100_000, announced: 100_000)
            #expect(try await body.collect(limit: 200_000, copies: copies).count == 100_000)
            #expect(buffers.held == copies * 100_000)
            try body.hold(350_000)
            try body.hold(1_000)
            #expect(buffers.held == 350_000)
        }
        #expect(buffers.held == 0)
    }

    @Test("is refused before it is asked for where there is no room, or never will be")
    func refused() async throws {
        let other = BufferLease(buffers)
        try other.cover(900_000)
        for (announced, limit, code, cause) in [
            (100_001, 200_000, LarderError.Code.unavailable, Limit.buffered),
            (1_000_001, 2_000_000, .entryTooLarge, .buffered), (100_001, 100_000, .entryTooLarge, .content),
        ] {
            let body = body(10, announced: announced)
            let error = await #expect(throws: LarderError.self) { try await body.collect(limit: limit) }
            #expect(error?.code == code)
            #expect(error?.limit == cause)
            #expect(!body.isAskedFor)
        }
        #expect(asked.value == 0)
        #expect(buffers.held == 900_000)
    }

    @Test("of unknown length counts as it grows")
    func grows() async throws {
        do {
            let body = body(300_000, announced: nil)
            #expect(try await body.collect(limit: 400_000).count == 300_000)
            #expect((300_000...400_000).contains(buffers.held))
        }
        #expect(buffers.held == 0)
        let late = body(1_100_000, announced: nil)
        let error = await #expect(throws: LarderError.self) { try await late.collect(limit: 2_000_000) }
        #expect(error?.code == .entryTooLarge)
    }

    @Test("that is small costs nothing")
    func small() async throws {
        let other = BufferLease(buffers)
        try other.cover(1_000_000)
        for announced in [BufferBudget.free, nil] {
            #expect(
                try await body(BufferBudget.free, announced: announced).collect(limit: 1 << 20, copies: 2).count
                    == BufferBudget.free)
        }
        #expect(buffers.held == 1_000_000)
    }

    @Test("that nobody reads fills a pipe with 64 KiB, and one that is read with more")
    func unread() async throws {
        let told = Atomic<Int>(0)
        let pipe = BodyPipe(unreadMax: 64 << 10) { told.wrappingAdd(1, ordering: .relaxed) }
        #expect(pipe.push(ByteBuffer(repeating: 7, count: 40_000)))
        #expect(!pipe.push(ByteBuffer(repeating: 7, count: 40_000)))
        #expect(try await pipe.next()?.readableBytes == 40_000)
        #expect(told.load(ordering: .relaxed) == 1)
        for _ in 0..<10 { #expect(pipe.push(ByteBuffer(repeating: 7, count: 64 << 10))) }
    }
}
