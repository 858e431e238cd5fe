import Access
import LarderHTTP
import LarderModel
import LarderTestSupport
import NIOCore
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("A right that ends while its request is under way")
struct EndedRightTests {
    private static let target = "/v1/stores/media/entries/k"

    private func token(_ bench: Bench) async throws -> (id: String, secret: String) {
        let made = try await bench.context.tokens.create(
            scopes: [.read, .write], site: nil, stores: nil, note: "", lifetime: .seconds(60), limit: .none,
            by: "admin")
        return (made.token.id, made.secret)
    }

    /// The answer's content, piece by piece.
    private func download(_ bench: Bench, _ secret: String) async throws -> any PieceSource {
        let exchange = bench.responder.exchange(for: RequestHead(head(.GET, Self.target, token: secret), id: "0"))
        guard case .task(let task) = exchange.way, case .parts(let parts, _) = await task(Bench.incoming([])).body,
            case .content(let open)? = parts.first
        else { throw LarderError(.internalError, "It is no content that is read as it goes.") }
        return try open()
    }

    @Test("A download is not cut because the time of its token runs out, but when the token is revoked")
    func download() async throws {
        try await Bench.with { bench in
            try await bench.store.put(try name("k", store: "media"), noise(3 << 20), type: "image/jpeg")
            let token = try await token(bench)
            var pieces = try await download(bench, token.secret)
            #expect(try await pieces.next() != nil)
            bench.clock.advance(by: .seconds(61))
            #expect(try await pieces.next() != nil)
            _ = try await bench.context.tokens.revoke(token.id, by: "admin")
            await #expect(throws: LarderError.self) { try await pieces.next() }
        }
    }

    @Test("A small write is refused where its token has ended before its body has come")
    func smallWrite() async throws {
        try await Bench.with { bench in
            let token = try await token(bench)
            let made = head(.PUT, Self.target, [("content-length", "1")], token: token.secret)
            for isRevoked in [false, true] {
                let exchange = bench.responder.exchange(for: RequestHead(made, id: "0"))
                if isRevoked { _ = try await bench.context.tokens.revoke(token.id, by: "admin") }
                guard case .collect(_, let take, let fallback) = exchange.way else {
                    Issue.record("It is not taken in on the event loop.")
                    return
                }
                let answer = await withCheckedContinuation { done in
                    let isTaken = take(.init(string: "x")) { done.resume(returning: $0) }
                    #expect(isTaken)
                }
                #expect(answer.status.code == (isRevoked ? 401 : 201))
                #expect(await fallback(Bench.incoming([1])).status.code == (isRevoked ? 401 : 200))
            }
        }
    }

    @Test("What everybody may is never asked about")
    func everybody() async throws {
        try await Bench.with { bench in #expect(bench.context.access.standing(of: .everybody) == .good) }
    }
}
