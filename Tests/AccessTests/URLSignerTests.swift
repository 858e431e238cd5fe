import Access
import LarderModel
import LarderTestSupport
import Testing

@Suite("A signed URL")
struct URLSignerTests {
    private static let path = "/.netlify/blobs/media/a%20b/%F0%9F%8E%AC.jpg"
    private let clock = ManualClock()
    private var signer: URLSigner { URLSigner(secret: "s3cret", clock: clock.clock) }

    private func code(_ method: String, _ path: String, _ query: String, secret: String = "s3cret") -> LarderError.Code?
    {
        do throws(LarderError) {
            try URLSigner(secret: secret, clock: clock.clock).check(method: method, path: path[...], query: query[...])
            return nil
        } catch { return error.code }
    }

    @Test("is signed as the contract words it, so that an app can sign for itself")
    func vector() {
        // python3 -c "import
        // hmac;print(hmac.new(b's3cret',b'/.netlify/blobs/media/x.jpg:1750000060000','sha256').hexdigest())"
        let query = signer.query(path: "/.netlify/blobs/media/x.jpg", lifetime: .seconds(60))
        #expect(query == "exp=1750000060000&sig=aecbc29b40d961a99aad94e6e77610b05aa763310fb06a7b180a0eda740b43ad")
        // … b'/.netlify/functions/progress?projectId=p&runId=r%201:1750000060000'
        let other = signer.query(
            path: "/.netlify/functions/progress", fields: "projectId=p&runId=r%201", lifetime: .seconds(60))
        #expect(
            other
                == "projectId=p&runId=r%201&exp=1750000060000&sig=9aaa971b9a0dc103ededb8f7897239e4b9fc98cf60bb24a49cc7d6bdf8779b68"
        )
    }

    @Test("opens GET and HEAD of what was signed", arguments: ["", "site=blue", "b=2&a=1", "a=1&&b", "x"])
    func opens(fields: String) {
        let query = signer.query(path: Self.path, fields: fields)
        #expect(URLSigner.isSigned(query[...]))
        for method in ["GET", "HEAD"] { #expect(code(method, Self.path, query) == nil) }
        for method in ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get", ""] {
            #expect(code(method, Self.path, query) == .forbidden)
        }
    }

    @Test("opens the one method that was signed")
    func method() {
        let query = signer.query(path: Self.path, fields: "method=PUT")
        #expect(code("PUT", Self.path, query) == nil)
        for method in ["GET", "HEAD", "DELETE"] { #expect(code(method, Self.path, query) == .forbidden) }
    }

    @Test("closes when its time has come, to the millisecond")
    func expiry() {
        let query = signer.query(path: Self.path, lifetime: .seconds(60))
        clock.advance(by: .milliseconds(59_999))
        #expect(code("GET", Self.path, query) == nil)
        clock.advance(by: .milliseconds(1))
        #expect(code("GET", Self.path, query) == .forbidden)
    }

    @Test("that opened something stands until its own end, or its key's")
    func standing() throws {
        let signer = signer
        let query = signer.query(path: Self.path, lifetime: .seconds(600))
        let grant = try signer.check(method: "GET", path: Self.path[...], query: query[...])
        #expect(signer.standing(grant) == .good)
        let first = SigningSecrets(current: "s3cret")
        signer.use(try first.rotated(to: "next", keepOld: .seconds(60), at: clock.now))
        #expect(signer.standing(grant) == .good)
        clock.advance(by: .seconds(60))
        #expect(signer.standing(grant) == .expired)
        signer.use(SigningSecrets(current: "next"))
        #expect(signer.standing(grant) == .revoked)
        signer.use(first)
        #expect(signer.standing(grant) == .good)
        clock.advance(by: .seconds(540))
        #expect(signer.standing(grant) == .expired)
    }

    @Test("opens nothing else, whatever is changed in it")
    func forged() throws {
        let query = signer.query(path: Self.path, fields: "site=blue&a=1", lifetime: .seconds(60))
        let signature = try #require(query.split(separator: "=").last)
        let exp = clock.now.milliseconds + 60_000
        #expect(code("GET", Self.path, query) == nil)
        for other in [
            "site=red&a=1&exp=\(exp)&sig=\(signature)", "a=1&site=blue&exp=\(exp)&sig=\(signature)",
            "site=blue&exp=\(exp)&sig=\(signature)",
            "site=blue&a=1&b=2&exp=\(exp)&sig=\(signature)", "site=blue&a=1&exp=\(exp + 1)&sig=\(signature)",
            "site=blue&a=1&exp=&sig=\(signature)",
            "site=blue&a=1&sig=\(signature)", "site=blue&a=1&exp=\(exp)&sig=",
            "site=blue&a=1&exp=\(exp)&sig=\(signature.dropLast())",
            "site=blue&a=1&exp=\(exp)&sig=\(signature)00", "site=blue&a=1&exp=\(exp)&sig=zz",
            "site=blue&a=1&exp=\(exp)&exp=\(exp + 1)&sig=\(signature)",
            "site=blue&a=1&exp=\(exp)&sig=\(signature)&site=red",
            "site=blue&a=1&exp=99999999999999999999&sig=\(signature)",
            "site=%62lue&a=1&exp=\(exp)&sig=\(signature)", "site=blue&a=1&method=PUT&exp=\(exp)&sig=\(signature)",
        ] {
            #expect(code("GET", Self.path, other) == .forbidden, "\(other)")
        }
        for path in [Self.path + "x", Self.path + "/", "/.netlify/blobs/media/a b/🎬.jpg", Self.path.uppercased(), ""] {
            #expect(code("GET", path, query) == .forbidden, "\(path)")
        }
        #expect(code("GET", Self.path, query, secret: "other") == .forbidden)
    }

    @Test(
        "has no field of its own behind a character that joins the separator", arguments: ["sig=x", "exp=1", "x=1"],
        ["\u{600}", "\u{301}", "\u{200D}"])
    func joined(field: String, joiner: String) {
        let query = signer.query(path: "/a", fields: "")
        for smuggled in [
            "\(field)\(joiner)&site=red&\(query)", "\(query)&\(joiner)site=red", "\(query)\(joiner)&site=red",
        ] {
            #expect(code("GET", "/a", smuggled) == .forbidden, "\(smuggled)")
        }
    }

    @Test("is not confused about where the path ends and the fields begin")
    func boundary() {
        // The text of both is `/a?b:…`; the path on the wire never holds a question mark.
        let query = signer.query(path: "/a", fields: "b")
        #expect(code("GET", "/a", query) == nil)
        #expect(code("GET", "/a", query.replacing("b&", with: "")) == .forbidden)
    }

    @Test(
        "is told by its signature field",
        arguments: [
            ("sig=1", true), ("a=1&sig=", true), ("", false), ("exp=1", false), ("asig=1", false), ("a=sig=1", false),
            ("%73ig=1", false),
        ])
    func isSigned(query: String, expected: Bool) {
        #expect(URLSigner.isSigned(query[...]) == expected)
    }
}

@Suite("A secret")
struct SecretsTests {
    @Test("is 256 random bits in hexadecimal")
    func random() {
        let secrets = Set((0..<100).map { _ in Secrets.random() })
        #expect(secrets.count == 100)
        #expect(secrets.allSatisfy { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test("is compared whole")
    func compared() {
        let bytes = (0..<32).map { UInt8($0) }
        #expect(equalInConstantTime(bytes, bytes))
        #expect(equalInConstantTime([], []))
        #expect(!equalInConstantTime(bytes, Array(bytes.dropLast())))
        #expect(!equalInConstantTime([], [0]))
        for i in bytes.indices {
            var other = bytes
            other[i] ^= 0x80
            #expect(!equalInConstantTime(bytes, other))
        }
    }
}
