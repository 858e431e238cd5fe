import LarderModel
import Objects
import Testing

@Suite("A claim on a digest")
struct DigestClaimsTests {
    private let digest: Digest
    private let other: Digest

    init() throws {
        digest = try #require(sha256([1]))
        other = try #require(sha256([2]))
    }

    @Test("keeps removal away until it is let go of, and from that digest only")
    func held() {
        let claims = DigestClaims()
        let claim = claims.claim(digest)
        #expect(!claims.whileUnclaimed(digest) { Issue.record("removed although it is claimed") })
        #expect(claims.whileUnclaimed(other) {})
        claim.release()
        #expect(claims.whileUnclaimed(digest) {})
    }

    @Test("counts: the last one frees it")
    func counted() {
        let claims = DigestClaims()
        let first = claims.claim(digest), second = claims.claim(digest)
        first.release()
        first.release()
        #expect(!claims.whileUnclaimed(digest) { Issue.record("removed although it is claimed") })
        second.release()
        #expect(claims.whileUnclaimed(digest) {})
    }

    @Test("goes with its last reference")
    func scope() {
        let claims = DigestClaims()
        var claim: DigestClaims.Claim? = claims.claim(digest)
        #expect(claim != nil)
        claim = nil
        #expect(claims.whileUnclaimed(digest) {})
    }

    @Test("is not taken while a removal runs, nor does a failed removal count as one")
    func failure() throws {
        struct Failed: Error {}
        let claims = DigestClaims()
        #expect(throws: Failed.self) { try claims.whileUnclaimed(digest) { throw Failed() } }
        #expect(claims.whileUnclaimed(digest) {})
    }

    @Test("is never lost among many")
    func concurrent() async {
        let claims = DigestClaims()
        await withTaskGroup { group in
            for _ in 0..<100 {
                group.addTask { [digest] in
                    for _ in 0..<100 {
                        let claim = claims.claim(digest)
                        #expect(!claims.whileUnclaimed(digest) { Issue.record("removed although it is claimed") })
                        claim.release()
                    }
                }
            }
        }
        #expect(claims.whileUnclaimed(digest) {})
    }
}
