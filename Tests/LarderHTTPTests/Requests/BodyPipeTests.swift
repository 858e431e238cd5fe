import LarderModel
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import LarderHTTP

@Suite("A body on its way to its task")
struct BodyPipeTests {
    private struct Broken: Error {}

    private func piece(_ size: Int) -> ByteBuffer { ByteBuffer(repeating: 7, count: size) }

    @Test("comes piece by piece, then its end")
    func pieces() async throws {
        let pipe = BodyPipe {}
        #expect(pipe.push(piece(3)))
        async let second: Void = {
            _ = pipe.push(piece(4))
            pipe.finish(.success(()))
        }()
        var sizes: [Int] = []
        while let piece = try await pipe.next() { sizes.append(piece.readableBytes) }
        await second
        #expect(sizes == [3, 4])
        #expect(try await pipe.next() == nil)
    }

    @Test("breaks off behind what came, and stays so")
    func broken() async throws {
        let pipe = BodyPipe {}
        _ = pipe.push(piece(3))
        pipe.finish(.failure(Broken()))
        pipe.finish(.success(()))
        #expect(try await pipe.next()?.readableBytes == 3)
        for _ in 0..<2 { await #expect(throws: Broken.self) { try await pipe.next() } }
    }

    @Test("wakes a reader that waits, for a piece and for a failure")
    func woken() async throws {
        let pipe = BodyPipe {}
        async let first = pipe.next()
        _ = pipe.push(piece(5))
        let piece = try await first
        #expect(piece?.readableBytes == 5)
        async let second = pipe.next()
        pipe.finish(.failure(Broken()))
        do {
            _ = try await second
            Issue.record("it did not break off")
        } catch is Broken {}
    }

    @Test("is full at its bound, and tells once when it has room again")
    func bound() async throws {
        let told = Atomic<Int>(0)
        let pipe = BodyPipe { told.wrappingAdd(1, ordering: .relaxed) }
        for _ in 0..<15 { #expect(pipe.push(piece(64 << 10))) }
        #expect(!pipe.push(piece(64 << 10)))
        #expect(!pipe.push(piece(1)), "what was read already comes on top")
        for left in stride(from: 16, to: 0, by: -1) {
            _ = try await pipe.next()
            #expect(told.load(ordering: .relaxed) == (left <= 4 ? 1 : 0))
        }
        #expect(pipe.push(piece(1)))
    }

    @Test("that was full and is read while more comes still tells when it has room")
    func fullAndRead() async throws {
        let told = Atomic<Int>(0)
        let pipe = BodyPipe { told.wrappingAdd(1, ordering: .relaxed) }
        var isRoom = true
        for _ in 0..<16 { isRoom = pipe.push(piece(64 << 10)) }
        #expect(!isRoom)
        _ = try await pipe.next()
        #expect(!pipe.push(piece(1)), "below its bound again, but nobody has told the connection to read on")
        for _ in 0..<16 { _ = try await pipe.next() }
        #expect(told.load(ordering: .relaxed) == 1)
    }

    @Test(
        "says in the one error type why it ends",
        arguments: [
            (SlowBody() as any Error & Sendable, LarderError.Code.requestTimeout), (BodyEnded(), .malformedRequest),
            (ChunkWaste(), .malformedRequest),
            (HTTPParserError.invalidChunkSize, .malformedRequest),
        ])
    func errors(error: any Error & Sendable, code: LarderError.Code) async throws {
        let pipe = BodyPipe {}
        pipe.finish(.failure(error))
        let body = IncomingBody(pipe, .none, inflateRatio: 200, gate: nil, sendContinue: nil)
        let told = await #expect(throws: LarderError.self) { try await body.next() }
        #expect(told?.code == code)
        let again = await #expect(throws: LarderError.self) { try await body.next() }
        #expect(again?.code == .malformedRequest)
        #expect(!body.isEnded)
    }

    @Test("asks for what the client waits to be asked for, once, and takes a place while it is large")
    func asked() async throws {
        var limits = ServerLimits()
        limits.uploads = 1
        let gate = Gatekeeper(limits)
        let pipe = BodyPipe {}
        _ = pipe.push(piece(3))
        pipe.finish(.success(()))
        let asked = Atomic<Int>(0)
        let body = IncomingBody(pipe, .none, inflateRatio: 200, gate: gate) { asked.wrappingAdd(1, ordering: .relaxed) }
        #expect(!body.isAskedFor)
        #expect(try await body.next() != nil)
        #expect(body.isAskedFor)
        #expect(#expect(throws: LarderError.self) { try gate.beginUpload() }?.limit == .uploads)
        #expect(try await body.next() == nil)
        #expect(asked.load(ordering: .relaxed) == 1)
        try gate.beginUpload()
    }
}
