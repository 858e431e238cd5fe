import Access
import LarderModel
import Synchronization
import Testing

@Suite("A token's rate")
struct RateLimiterTests {
    /// Time that moves when it is told to.
    private final class Watch: Sendable {
        private let time = Mutex(Duration.seconds(100))
        var now: Duration { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }
    private let watch = Watch()

    private func limiter(requests: Int? = nil, bytes: Int64? = nil) -> RateLimiter {
        RateLimiter(RateLimit(requestsPerSecond: requests, bytesPerSecond: bytes)) { [watch] in watch.now }
    }

    @Test("lets two seconds' worth of requests through at once, then one each time one is due")
    func requests() {
        let limiter = limiter(requests: 5)
        for _ in 0..<10 { #expect(limiter.admit() == nil) }
        #expect(limiter.admit() == RateLimiter.Refusal(kind: .requests, limit: 5, wait: .milliseconds(200)))
        #expect(limiter.isExhausted)
        watch.advance(by: .milliseconds(199))
        #expect(limiter.admit()?.wait == .milliseconds(1))
        watch.advance(by: .milliseconds(1))
        #expect(!limiter.isExhausted)
        #expect(limiter.admit() == nil)
        #expect(limiter.admit() != nil)
        // However long it was quiet, no more than a full bucket.
        watch.advance(by: .seconds(3_600))
        for _ in 0..<10 { #expect(limiter.admit() == nil) }
        #expect(limiter.admit() != nil)
    }

    @Test("of bytes goes into debt by a body, and the next request waits until it is paid")
    func bytes() {
        let limiter = limiter(bytes: 1_000)
        #expect(limiter.admit() == nil)
        limiter.spend(bytes: 1_999)
        #expect(limiter.admit() == nil)
        limiter.spend(bytes: 10_001)
        let refusal = limiter.admit()
        #expect(refusal?.kind == .bytes && refusal?.limit == 1_000)
        #expect(refusal.map { $0.wait > .seconds(10) && $0.wait < .milliseconds(10_001) } == true)
        watch.advance(by: .seconds(10))
        #expect(limiter.admit() != nil)
        watch.advance(by: .milliseconds(1))
        #expect(limiter.admit() == nil)
        limiter.spend(bytes: 0)
        limiter.spend(bytes: -1)
        #expect(limiter.admit() == nil)
    }

    @Test("counts a request that goes ahead in any case, and a refused one not at all")
    func spent() {
        let limiter = limiter(requests: 1)
        for _ in 0..<3 { limiter.spendRequest() }
        #expect(limiter.admit()?.wait == .seconds(2))
        for _ in 0..<5 { _ = limiter.admit() }
        watch.advance(by: .seconds(2))
        #expect(limiter.admit() == nil)
    }

    @Test("knows no overflow, however much comes")
    func huge() {
        let limiter = limiter(bytes: 1_000)
        for _ in 0..<100 { limiter.spend(bytes: .max) }
        #expect(limiter.admit().map { $0.wait > .seconds(900_000_000) } == true)
    }

    @Test("is given by parts where nodes share it, and changes with their number")
    func shared() {
        let share = RateShare()
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 6), share: share) { [watch] in watch.now }
        share.set(nodes: 3)
        for _ in 0..<4 { #expect(limiter.admit() == nil) }
        #expect(limiter.admit() == RateLimiter.Refusal(kind: .requests, limit: 6, wait: .milliseconds(500)))
        watch.advance(by: .seconds(2))
        share.set(nodes: 0)
        for _ in 0..<12 { #expect(limiter.admit() == nil) }
        #expect(limiter.admit() != nil)
    }

    @Test("of one request a second is no refusal of all where its part is less than one in two seconds")
    func smallPart() {
        let share = RateShare()
        share.set(nodes: 5)
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 1), share: share) { [watch] in watch.now }
        #expect(limiter.admit() == nil)
        #expect(limiter.admit()?.wait == .seconds(5))
        watch.advance(by: .seconds(5))
        #expect(limiter.admit() == nil)
        #expect(limiter.isExhausted)
    }

    @Test("of one kind leaves the other alone")
    func apart() {
        let requests = limiter(requests: 1)
        requests.spend(bytes: .max)
        #expect(requests.admit() == nil)
        let bytes = limiter(bytes: 1_000)
        for _ in 0..<1_000 { #expect(bytes.admit() == nil) }
    }

    @Test("is exact when many ask at once")
    func concurrent() async {
        let limiter = limiter(requests: 500)
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).count { _ in limiter.admit() == nil } } }
            return await group.reduce(0, +)
        }
        #expect(admitted == 1_000)
    }

    @Test("is the token's own, else the server's; the admin has none")
    func defaults() throws {
        func token(_ id: String, _ limit: RateLimit) -> Token {
            Token(
                id: id, scopes: [.read], site: nil, stores: nil, note: "", createdAt: Timestamp(milliseconds: 0),
                expiresAt: nil,
                hash: Authenticator.hash(id), limit: limit)
        }
        let plain = Authenticator(adminToken: "admin", tokens: [token("a", .none)])
        #expect(!plain.hasLimits)
        #expect(try plain.principal(secret: "a").limiter == nil)
        plain.add(token("b", RateLimit(requestsPerSecond: 1)))
        #expect(plain.hasLimits)
        let limiter = try #require(try plain.principal(secret: "b").limiter)
        for _ in 0..<2 { #expect(limiter.admit() == nil) }
        // The same one for each of its requests.
        #expect(try plain.principal(authorization: "Bearer b").limiter?.isExhausted == true)
        plain.remove(id: "b")
        #expect(!plain.hasLimits)

        let strict = Authenticator(
            adminToken: "admin", tokens: [token("a", .none), token("b", RateLimit(bytesPerSecond: 5_000))],
            defaultLimit: RateLimit(requestsPerSecond: 1, bytesPerSecond: 1_000))
        #expect(try strict.principal(secret: "admin").limiter == nil)
        for id in ["a", "b"] { #expect(try strict.principal(secret: id).limiter != nil) }
        let own = try #require(try strict.principal(secret: "b").limiter)
        own.spend(bytes: 4_000)
        #expect(own.admit() == nil)
    }
}
