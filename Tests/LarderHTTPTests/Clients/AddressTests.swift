import Testing

@testable import LarderHTTP

@Suite("An address block")
struct AddressTests {
    @Test(
        "holds the addresses that share its first bits",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.0.0.1", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false), ("192.0.2.6/31", "192.0.2.7", true), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "203.0.113.9", true), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
            ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
            ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("::1", "::1", true),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ])
    func contains(_ block: String, _ address: String, _ expected: Bool) throws {
        #expect(try #require(AddressBlock(parsing: block)).contains(try #require(IPAddress(address))) == expected)
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0 /8", "10.0.0",
            "010.0.0.0.1", "::1/129",
            "proxy",
            "localhost", "::g", "10.0.0.0/8\n", "1.2.3.4\u{0}",
        ])
    func malformed(_ text: String) { #expect(AddressBlock(parsing: text) == nil) }

    @Test(
        "writes itself so that it can be read again",
        arguments: ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "::1/128", "0.0.0.0/0"])
    func description(_ text: String) throws { #expect(try #require(AddressBlock(parsing: text)).description == text) }

    @Test("An IPv4 client is its address, an IPv6 one its /64")
    func client() throws {
        func client(_ text: String) throws -> String { try #require(IPAddress(text)).client.description }
        #expect(try client("192.0.2.7") == "192.0.2.7")
        #expect(try client("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::")
        #expect(try client("::1") == "::1")
    }

    @Test(
        "Loopback is recognised",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("::2", false),
        ])
    func loopback(_ text: String, _ expected: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == expected)
    }
}
