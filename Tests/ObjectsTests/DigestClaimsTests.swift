import LarderModel
import LarderTestSupport
import Objects
import Synchronization
import Testing

@Suite("A claim on a digest")
struct DigestClaimsTests {
    private final class Flag: Sendable {
        private let state = Atomic(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set() { state.store(true, ordering: .relaxed) }
    }

    private let digest: Digest
    private let other: Digest

    init() throws {
        digest = try #require(sha256([1]))
        other = try #require(sha256([2]))
    }

    @Test("keeps removal away until it is let go of, and from that digest only")
    func held() async {
        let claims = DigestClaims()
        let claim = await claims.claim(digest)
        #expect(await claims.whileUnclaimed(digest) { Issue.record("removed although it is claimed") } == nil)
        #expect(await claims.whileUnclaimed(other) {} != nil)
        claim.release()
        #expect(await claims.whileUnclaimed(digest) {} != nil)
    }

    @Test("counts: the last one frees it")
    func counted() async {
        let claims = DigestClaims()
        let first = await claims.claim(digest), second = await claims.claim(digest)
        first.release()
        first.release()
        #expect(await claims.whileUnclaimed(digest) { Issue.record("removed although it is claimed") } == nil)
        second.release()
        #expect(await claims.whileUnclaimed(digest) {} != nil)
    }

    @Test("goes with its last reference")
    func scope() async {
        let claims = DigestClaims()
        var claim: DigestClaims.Claim? = await claims.claim(digest)
        #expect(claim != nil)
        claim = nil
        #expect(await claims.whileUnclaimed(digest) {} != nil)
    }

    @Test("is not taken while a removal runs, nor does a failed removal count as one")
    func failure() async throws {
        struct Failed: Error {}
        let claims = DigestClaims()
        await #expect(throws: Failed.self) { try await claims.whileUnclaimed(digest) { throw Failed() } }
        #expect(await claims.whileUnclaimed(digest) {} != nil)
    }

    @Test("is never lost among many")
    func concurrent() async {
        let claims = DigestClaims()
        await withTaskGroup { group in
            for _ in 0..<100 {
                group.addTask { [digest] in
                    for _ in 0..<100 {
                        let claim = await claims.claim(digest)
                        #expect(
                            await claims.whileUnclaimed(digest) { Issue.record("removed although it is claimed") }
                                == nil)
                        claim.release()
                    }
                }
            }
        }
        #expect(await claims.whileUnclaimed(digest) {} != nil)
    }

    @Test("waits while a removal of the same digest is under way, and only of that")
    func waits() async throws {
        let claims = DigestClaims()
        let isGone = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            await claims.whileUnclaimed(digest) {
                for _ in 0..<3 {
                    group.addTask { [digest] in
                        let claim = await claims.claim(digest)
                        #expect(isGone.isSet, "claimed while its object was being removed")
                        #expect(await claims.whileUnclaimed(digest) {} == nil)
                        claim.release()
                    }
                }
                _ = await claims.claim(other)
                #expect(await claims.whileUnclaimed(digest) {} == nil, "two removals at once")
                for _ in 0..<100 { await Task.yield() }
                isGone.set()
            }
            try await group.waitForAll()
        }
        #expect(await claims.whileUnclaimed(digest) {} != nil)
    }
}
