import Access
import LarderHTTP
import LarderModel
import LarderTestSupport
import Testing

@testable import LarderServer

@Suite("Fuzz: cursors and quantities")
struct TextFormTests {
    @Test("a cursor comes back from its text; other text is refused, or is a cursor that comes back")
    func cursors() {
        Fuzz.run(3_000) { dice in
            let key = dice.bytes(1...40)
            let cursor: ListCursor =
                switch dice.number(0...2) {
                case 0: .afterKey(key)
                case 1: .afterPrefix(key)
                default: .afterTime(Timestamp(milliseconds: Int64(bitPattern: dice.next())), key: key)
                }
            try Fuzz.require(try ListCursor(text: cursor.text) == cursor, "\(cursor)")
            try Fuzz.require(PercentCoding.encode(cursor.text.utf8) == cursor.text, "\(cursor.text) needs encoding")
            let text = dice.damaged(cursor.text.bytes, words: ["=", "-", "_", "+", "/", "A", " ", "é"]).text
            do throws(LarderError) {
                let read = try ListCursor(text: text)
                guard try ListCursor(text: read.text) == read else {
                    throw LarderError(.internalError, "it does not come back")
                }
            } catch { try Fuzz.require(error.code == .malformedRequest, "\(text): \(error)") }
        }
    }

    @Test("durations and sizes are read only in the forms that they are written in, and never beyond their bounds")
    func quantities() {
        let words = ["s", "m", "h", "d", "KB", "GB", " ", "+", "-", "0", "1", "9", ".", "٣", "99999999999999999999"]
        Fuzz.run(4_000) { dice in
            let text = dice.damaged(
                "\(dice.number(0...100_000))\(dice.pick(["s", "d", "MB", "", "B"]))".bytes, words: words, times: 0...3
            ).text
            if let duration = Duration(parsing: text) {
                try Fuzz.require(duration > .zero && duration <= .seconds(365_250 * 86_400), "\(text): \(duration)")
                try Fuzz.require(Duration(parsing: duration.policyText) == duration, "\(text): \(duration)")
                try Fuzz.require(text.utf8.dropLast().allSatisfy { (0x30...0x39).contains($0) }, "\(text) was read")
            }
            if let size = ByteCount(parsing: text) {
                try Fuzz.require(size.bytes >= 0 && ByteCount(parsing: size.description) == size, "\(text): \(size)")
                try Fuzz.require(text.utf8.first.map { (0x30...0x39).contains($0) } ?? false, "\(text) was read")
            }
        }
    }

    @Test(
        """
        no way of writing a media type hides one that a browser would run; one that is well-formed can stand in a field
        """
    )
    func mediaTypes() {
        let runnable = [
            "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf", "text/javascript",
        ]
        Fuzz.run(3_000) { dice in
            let type = dice.pick(runnable)
            let cased = type.map { dice.once(in: 2) ? $0.uppercased() : String($0) }.joined()
            let written =
                dice.pick(["", " ", "\t"]) + cased + dice.pick(["", ";charset=utf-8", " ; q=1", ";,", ",", " ,x/y"])
            try Fuzz.require(MediaType.isRunnable(written), "\(written.debugDescription) would run")
            // Bytes that a field can't hold are replaced before it goes out, and must not hide what stands before them.
            let joined = ErrorTable.headerText(cased + dice.pick([";", ","]) + dice.text(0...5))
            try Fuzz.require(MediaType.isRunnable(joined), "\(joined.debugDescription) would run")
            let text = dice.damaged(written.bytes, words: ["/", ";", ",", " ", "\"", "\r\n"]).text
            if MediaType.isWellFormed(text) {
                try Fuzz.require(text.utf8.allSatisfy { (0x20...0x7E).contains($0) }, text)
            }
        }
    }
}

@Suite("Fuzz: signatures and tokens")
struct SignatureTests {
    private static let clock = WallClock { Timestamp(milliseconds: 1_778_393_567_000) }

    private static func opens(_ signer: URLSigner, _ method: String, _ path: String, _ query: String) throws -> Bool {
        do {
            try signer.check(method: method, path: path[...], query: query[...])
            return true
        } catch {
            try Fuzz.require(error.code == .forbidden, "\(error)")
            return false
        }
    }

    @Test(
        "a signature opens what it was made for, and nothing that differs by a byte, in time, place, method or secret")
    func signatures() {
        let signer = URLSigner(secret: "one", clock: Self.clock)
        let words = [
            "&", "=", ":", "?", "site=", "&site=", "exp=", "sig=", "method=", "%2F", "0", "9", "..", "/", "\u{600}",
            "\u{301}",
        ]
        Fuzz.run(3_000) { dice in
            let path = "/.netlify/blobs/videos/" + PercentCoding.encode(dice.text(1...8).utf8, keeping: "/:")
            let fields = dice.pick(["", "site=blue", "projectId=p&runId=r", "a:1", "a=1&&b"])
            let query = signer.query(path: path, fields: fields)
            for method in ["GET", "HEAD"] {
                try Fuzz.require(try Self.opens(signer, method, path, query), "\(path)?\(query)")
            }
            for method in ["PUT", "DELETE", "get", "", "POST"] {
                try Fuzz.require(!(try Self.opens(signer, method, path, query)), "\(method) \(path)")
            }
            try Fuzz.require(
                !(try Self.opens(URLSigner(secret: "two", clock: Self.clock), "GET", path, query)),
                "another secret opens")

            let otherPath = dice.damaged(path.bytes, words: words).text
            if otherPath != path {
                try Fuzz.require(
                    !(try Self.opens(signer, "GET", otherPath, query)), "made for \(path), opens \(otherPath)")
            }
            let otherQuery = dice.damaged(query.bytes, words: words).text
            if try Self.opens(signer, "GET", path, otherQuery) {
                // What is signed must say the same: all fields but exp and sig, and the time that counts.
                func signed(_ query: String) -> (String, Substring?) {
                    let parts = query.split(separator: "&", omittingEmptySubsequences: false)
                    let others = parts.filter { !$0.hasPrefix("exp=") && !$0.hasPrefix("sig=") }
                    return (others.joined(separator: "&"), parts.last { $0.hasPrefix("exp=") })
                }
                try Fuzz.require(signed(otherQuery) == signed(query), "made for \(query), opens \(otherQuery)")
                // And what the faces read of it must be the same.
                let (one, other) = (head("/x?" + query), head("/x?" + otherQuery))
                for name in ["site", "projectId", "runId", "a", "method"] {
                    try Fuzz.require(
                        one.queryField(name) == other.queryField(name),
                        "\(name) of \(otherQuery.debugDescription), made for \(query)")
                }
            }
        }
    }

    @Test("a signature for writing opens that method alone, and it can't be taken out of it")
    func methods() throws {
        let signer = URLSigner(secret: "one", clock: Self.clock)
        let query = signer.query(path: "/default/site:runs/a", fields: "method=PUT")
        #expect(try Self.opens(signer, "PUT", "/default/site:runs/a", query))
        #expect(!(try Self.opens(signer, "GET", "/default/site:runs/a", query)))
        #expect(!(try Self.opens(signer, "PUT", "/default/site:runs/a", query.replacing("method=PUT&", with: ""))))
        #expect(!(try Self.opens(signer, "DELETE", "/default/site:runs/a", query.replacing("PUT", with: "DELETE"))))
    }

    @Test("only the text of a token lets in")
    func tokens() {
        let secret = "ldr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        let authenticator = Authenticator(adminToken: secret, clock: Self.clock)
        Fuzz.run(2_000) { dice in
            let field = dice.damaged("Bearer \(secret)".bytes, words: ["Bearer", " ", "basic ", "\t", ",", "\u{0}"])
                .text
            let isLetIn = (try? authenticator.principal(authorization: field)) != nil
            guard isLetIn else { return }
            let parts = field.split(separator: " ", omittingEmptySubsequences: true)
            try Fuzz.require(
                parts.count == 2 && parts[0].lowercased() == "bearer" && parts[1] == secret,
                "\(field.debugDescription) lets in")
        }
    }
}
