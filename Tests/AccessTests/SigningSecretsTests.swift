import Access
import LarderModel
import LarderTestSupport
import Testing

@Suite("Signing secrets")
struct SigningSecretsTests {
    private let clock = ManualClock()
    private static let path = "/.netlify/blobs/media/x.jpg"

    private func isOpen(_ signer: URLSigner, _ query: String) -> Bool {
        (try? signer.check(method: "GET", path: Self.path[...], query: query[...])) != nil
    }

    @Test("that were rotated out count until their time, and sign nothing new")
    func rotated() throws {
        var secrets = SigningSecrets(current: "one")
        let signer = URLSigner(secrets, clock: clock.clock)
        let old = signer.query(path: Self.path, lifetime: .seconds(3_600))
        secrets = try secrets.rotated(to: "two", keepOld: .seconds(60), at: clock.now)
        signer.use(secrets)
        let new = signer.query(path: Self.path, lifetime: .seconds(3_600))
        #expect(old != new)
        #expect(isOpen(signer, old) && isOpen(signer, new))
        #expect(!isOpen(URLSigner(secret: "one", clock: clock.clock), new))
        clock.advance(by: .milliseconds(59_999))
        #expect(isOpen(signer, old))
        clock.advance(by: .milliseconds(1))
        #expect(!isOpen(signer, old))
        #expect(isOpen(signer, new))
    }

    @Test("are all out at once when nothing is to be kept")
    func cut() throws {
        var secrets = try SigningSecrets(current: "one").rotated(to: "two", keepOld: .seconds(60), at: clock.now)
        secrets = try secrets.rotated(to: "three", keepOld: .zero, at: clock.now)
        #expect(secrets == SigningSecrets(current: "three"))
        let signer = URLSigner(secrets, clock: clock.clock)
        for secret in ["one", "two"] {
            #expect(!isOpen(signer, URLSigner(secret: secret, clock: clock.clock).query(path: Self.path)))
        }
    }

    @Test("are bounded, and those that ran out make room")
    func bounded() throws {
        var secrets = SigningSecrets(current: "0")
        for number in 1...SigningSecrets.olderMax {
            secrets = try secrets.rotated(to: "\(number)", keepOld: .seconds(Int64(number) * 60), at: clock.now)
        }
        #expect(secrets.older.map(\.secret) == (0..<SigningSecrets.olderMax).reversed().map { "\($0)" })
        let error = #expect(throws: LarderError.self) {
            try secrets.rotated(to: "x", keepOld: .seconds(1), at: clock.now)
        }
        #expect(error?.code == .conflict)
        clock.advance(by: .seconds(60))
        #expect(
            try secrets.rotated(to: "x", keepOld: .seconds(1), at: clock.now).older.count == SigningSecrets.olderMax)
    }

    @Test(
        "are read back as they were written, whatever they hold",
        arguments: ["plain", "with blanks", "two\nlines", "é 🎬", "\u{0}"])
    func file(secret: String) throws {
        let secrets = try SigningSecrets(current: secret).rotated(to: "b", keepOld: .seconds(1), at: clock.now)
            .rotated(to: "c", keepOld: .seconds(2), at: clock.now)
        #expect(SigningSecrets.older(parsing: secrets.olderText) == secrets.older)
    }

    @Test(
        "of a file that is none are not guessed",
        arguments: ["x", "1", "1 zz", "1 61 62", "x 61", "1 6", "1 ff", "1  "])
    func malformed(text: String) { #expect(SigningSecrets.older(parsing: text) == nil) }

    @Test("may be none", arguments: ["", "\n", "\n\n"])
    func empty(text: String) { #expect(SigningSecrets.older(parsing: text) == []) }
}

@Suite("A signed write")
struct SignedWriteTests {
    private let signer = URLSigner(secret: "s3cret")

    @Test(
        "tells how much is taken",
        arguments: [("method=PUT", nil), ("method=PUT&maxSize=0", 0), ("method=PUT&maxSize=5000000000", 5_000_000_000)]
            as [(String, Int64?)])
    func maxSize(fields: String, expected: Int64?) throws {
        let query = signer.query(path: "/a", fields: fields)
        #expect(try signer.check(method: "PUT", path: "/a", query: query[...]).maxSize == expected)
    }

    @Test("is forged when the size is changed, added or taken away")
    func forged() {
        let query = signer.query(path: "/a", fields: "method=PUT&maxSize=10")
        for other in [
            query.replacing("maxSize=10", with: "maxSize=11"), query.replacing("&maxSize=10", with: ""),
            query + "&maxSize=11", "maxSize=11&" + query,
        ] {
            #expect(throws: LarderError.self) { try signer.check(method: "PUT", path: "/a", query: other[...]) }
        }
    }

    @Test("with a size that is none opens nothing", arguments: ["", "-1", "x", "1e3", "99999999999999999999"])
    func malformed(size: String) {
        let query = signer.query(path: "/a", fields: "method=PUT&maxSize=\(size)")
        let error = #expect(throws: LarderError.self) { try signer.check(method: "PUT", path: "/a", query: query[...]) }
        #expect(error?.code == .forbidden)
    }
}
