import LarderModel
import Testing

@testable import S3

@Suite("The address of a bucket")
struct S3AddressTests {
    @Test("AWS's own needs no endpoint")
    func ofAWS() throws {
        let address = try S3Address(parsing: "s3://bucket/a/b/?region=eu-central-1", option: "--to")
        #expect(address.origin == "https://bucket.s3.eu-central-1.amazonaws.com")
        #expect(address.prefix == "a/b/" && address.region == "eu-central-1")
        #expect(address.path("a/b/c") == "/a/b/c" && address.path(nil) == "/")
        #expect(address.text == "s3://bucket/a/b")
        let dotted = try S3Address(parsing: "s3://my.bucket", region: "r", option: "--to")
        #expect(dotted.origin == "https://s3.r.amazonaws.com" && dotted.path("k") == "/my.bucket/k")
        #expect(dotted.prefix.isEmpty && dotted.path(nil) == "/my.bucket")
        #expect(try S3Address(parsing: "s3://bucket", option: "--to").region == "us-east-1")
    }

    @Test("an endpoint has its buckets in the path, unless it is said otherwise")
    func styles() throws {
        let usual = try S3Address(parsing: "s3://bucket/p?endpoint=http://127.0.0.1:9000&region=r", option: "--to")
        #expect(usual.origin == "http://127.0.0.1:9000" && usual.host == "127.0.0.1:9000")
        #expect(usual.path("p/k") == "/bucket/p/k")
        #expect(usual.text == "s3://bucket/p?endpoint=http://127.0.0.1:9000")
        let virtual = try S3Address(
            parsing: "s3://bucket?endpoint=https://s3.example:443/&style=virtual", option: "--to")
        #expect(virtual.origin == "https://bucket.s3.example" && virtual.path("k") == "/k")
        #expect(
            try !S3Address(parsing: "s3://bucket?endpoint=https://s3.example&style=path", option: "--to").isVirtualHost)
        #expect(try S3Address(parsing: "s3://bucket?endpoint=http://[::1]:1", option: "--to").host == "[::1]:1")
    }

    @Test(
        "what is none is refused, and not repeated",
        arguments: [
            "", "bucket", "http://bucket", "s3:", "s3://", "s3:///k", "s3://key:secret-1@bucket", "s3://bucket:1",
            "s3://bucket#secret-1", "s3://Bucket", "s3://bu", "s3://-bucket", "s3://bu..cket", "s3://bucket/a b",
            "s3://bucket/../x", "s3://bucket/é", "s3://bucket/\(String(repeating: "x", count: 201))",
            "s3://bucket?secret=secret-1", "s3://bucket?region=", "s3://bucket?region=a&region=b",
            "s3://bucket?region=a/b", "s3://bucket?endpoint=ftp://h", "s3://bucket?endpoint=h",
            "s3://bucket?endpoint=http://u:secret-1@h", "s3://bucket?endpoint=http://h/path", "s3://bucket?style=odd",
        ])
    func refused(_ text: String) throws {
        let error = try #require(throws: LarderError.self) { try S3Address(parsing: text, option: "--to") }
        #expect(error.message.contains("--to"))
        #expect(!error.description.contains("secret-1"))
    }
}

@Suite("The patience with a bucket")
struct S3PatienceTests {
    private let patience = S3Patience(
        triesMax: 6, firstWait: .milliseconds(100), waitMax: .milliseconds(500), total: .seconds(1))

    @Test(
        "waits up to a bound that doubles up to another", arguments: [(1, 100), (2, 200), (3, 400), (4, 500), (5, 500)])
    func waits(_ tries: Int, _ bound: Int) {
        for (chance, part) in [(1.0, 1.0), (0.5, 0.5), (0, 0)] {
            let wait = patience.wait(tries: tries, spent: .zero, chance: chance)
            #expect(wait?.seconds == Double(bound) / 1_000 * part)
        }
    }

    @Test("ends with its tries, and with its time, but not before the third try")
    func ends() {
        #expect(patience.wait(tries: 6, spent: .zero, chance: 0) == nil)
        #expect(patience.wait(tries: 3, spent: .seconds(2), chance: 0) == nil)
        #expect(patience.wait(tries: 2, spent: .seconds(100), chance: 0) == .zero)
        #expect(S3Patience.once.wait(tries: 1, spent: .zero, chance: 0) == nil)
    }
}

@Suite("What S3 says")
struct XMLTextTests {
    @Test("is read as elements within each other")
    func elements() throws {
        let document = try #require(
            XMLText.parse(
                Array(
                    """
                    <?xml version="1.0"?>\n<!-- x -->\n<List xmlns="http://s3"><Empty/><Item><Key>a&amp;b&lt;&quot;</Key>
                    </Item><Item><Key>c</Key></Item><Last a="b" /></List>trailing
                    """.utf8)))
        #expect(document.name == "List")
        #expect(document.all("Item").compactMap { $0["Key"] } == ["a&b<\"", "c"])
        #expect(document["Empty"] == "" && document["Last"] == "" && document["Missing"] == nil)
    }

    @Test(
        "and gives nothing when it is cut short, or no XML", arguments: ["", "x", "<", "<a>", "<a><b></b>", "<a", "{}"])
    func cut(_ text: String) { #expect(XMLText.parse(Array(text.utf8)) == nil) }

    @Test("may be anything without harm") func deep() {
        #expect(XMLText.parse(Array(String(repeating: "<a>", count: 100_000).utf8)) == nil)
        #expect(XMLText.parse(Array("</a></b>".utf8)) == nil)
        #expect(XMLText.parse([0xFF, 0x3C, 0x3E]) == nil)
    }

    @Test(
        "its dates are read",
        arguments: [
            ("Fri, 24 May 2013 00:00:00 GMT", "2013-05-24T00:00:00.000Z"),
            ("Mon, 01 Jan 2035 23:59:59 GMT", "2035-01-01T23:59:59.000Z"),
        ])
    func dates(_ text: String, _ same: String) { #expect(Timestamp(httpDate: text)?.iso8601 == same) }

    @Test(
        "its lists have times with any digits of a second",
        arguments: [
            ("2026-05-10T06:12:47Z", 0), ("2026-05-10T06:12:47.1Z", 100), ("2026-05-10T06:12:47.08Z", 80),
            ("2026-05-10T06:12:47.007Z", 7), ("2026-05-10T06:12:47.123456789Z", 123),
        ])
    func listed(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(listed: text)?.milliseconds == 1_778_393_567_000 + milliseconds)
        for odd in [".Z", "2026-05-10T06:12:47.1", "2026-05-10T06:12:47.xZ", ""] {
            #expect(Timestamp(listed: odd) == nil)
        }
    }

    @Test("and what is none isn't", arguments: ["", "yesterday", "Fri, 24 Foo 2013 00:00:00 GMT", "1 2 3 4 5 6"])
    func noDates(_ text: String) { #expect(Timestamp(httpDate: text) == nil) }
}
