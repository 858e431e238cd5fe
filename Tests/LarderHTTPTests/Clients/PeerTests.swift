import NIOHTTP1
import Testing

@testable import LarderHTTP

@Suite("A proxy's word")
struct PeerTests {
    private static let proxies = ["10.0.0.0/8", "::1"].compactMap { AddressBlock(parsing: $0) }

    private func peer(_ address: String, isTLS: Bool = false) throws -> Peer {
        let address: IPAddress = try #require(IPAddress(address))
        return Peer(address, isTLS: isTLS, proxies: Self.proxies)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var fields: [String]
        var client: String
        var testDescription: String { "\(fields)" }
    }

    @Test(
        "The client is the rightmost address that is no trusted proxy",
        arguments: [
            Case(fields: [], client: "10.0.0.1"), Case(fields: ["192.0.2.7"], client: "192.0.2.7"),
            Case(fields: ["203.0.113.66, 192.0.2.7"], client: "192.0.2.7"),
            Case(fields: ["192.0.2.7, 10.1.1.1"], client: "192.0.2.7"),
            Case(fields: ["203.0.113.66", "192.0.2.7", "10.1.1.1,10.2.2.2"], client: "192.0.2.7"),
            Case(fields: ["10.3.3.3, 10.1.1.1"], client: "10.3.3.3"),
            Case(fields: ["2001:db8::9"], client: "2001:db8::9"),
            Case(fields: ["[2001:db8::9]:4711"], client: "2001:db8::9"),
            Case(fields: ["192.0.2.7:4711"], client: "192.0.2.7"),
            Case(fields: ["192.0.2.7 ,\t::1"], client: "192.0.2.7"),
        ])
    func client(_ row: Case) throws {
        #expect(try peer("10.0.0.1").client(forwardedFor: row.fields)?.description == row.client)
    }

    @Test(
        "A malformed value ends the reading, and what is left of it counts for nothing",
        arguments: [
            Case(fields: [""], client: "10.0.0.1"), Case(fields: ["unknown"], client: "10.0.0.1"),
            Case(fields: ["192.0.2.7, "], client: "10.0.0.1"),
            Case(fields: ["192.0.2.7, _hidden, 10.1.1.1"], client: "10.1.1.1"),
            Case(fields: ["192.0.2.7;10.0.0.1"], client: "10.0.0.1"),
            Case(fields: ["192.0.2.7:x"], client: "10.0.0.1"), Case(fields: ["[::1"], client: "10.0.0.1"),
            Case(fields: ["[192.0.2.7]x"], client: "10.0.0.1"),
            Case(fields: ["192.0.2.7,,10.1.1.1"], client: "10.1.1.1"), Case(fields: ["127.1"], client: "10.0.0.1"),
        ])
    func malformed(_ row: Case) throws {
        #expect(try peer("10.0.0.1").client(forwardedFor: row.fields)?.description == row.client)
    }

    @Test("Whoever is no trusted proxy speaks for nobody")
    func untrusted() throws {
        let peer = try peer("192.0.2.50")
        #expect(peer.client(forwardedFor: ["203.0.113.66"])?.description == "192.0.2.50")
        #expect(!peer.isSecure(forwardedProto: ["https"]))
        #expect(try self.peer("192.0.2.50", isTLS: true).isSecure(forwardedProto: ["http"]))
    }

    @Test(
        "The scheme is what one field says, exactly",
        arguments: [
            (["https"], true, true), (["HTTPS"], true, true), (["http"], false, false), ([], false, true),
            (["https", "http"], false, true),
            (["https,http"], false, true), ([""], false, true), (["wss"], false, true), (["https "], false, true),
        ] as [([String], Bool, Bool)])
    func scheme(_ fields: [String], _ overPlain: Bool, _ overTLS: Bool) throws {
        #expect(try peer("10.0.0.1").isSecure(forwardedProto: fields) == overPlain)
        #expect(try peer("10.0.0.1", isTLS: true).isSecure(forwardedProto: fields) == overTLS)
    }

    @Test("A request's URLs begin as its client's own do")
    func origin() throws {
        let trusted = try peer("10.0.0.1")
        let fields = [("host", "blobs.example"), ("x-forwarded-proto", "https"), ("x-forwarded-for", "192.0.2.7")]
        let through = RequestHead(head(.GET, "/", fields), id: "0", from: trusted)
        #expect(through.origin == "https://blobs.example")
        #expect(through.isSecure)
        #expect(through.client?.description == "192.0.2.7")
        let direct = RequestHead(head(.GET, "/", fields), id: "0", from: try peer("192.0.2.9"))
        #expect(direct.origin == "http://blobs.example")
        #expect(!direct.isSecure)
        #expect(direct.client?.description == "192.0.2.9")
    }

    @Test("A client's connections are counted up to the limit; loopback's where asked for")
    func counts() throws {
        let remote = try #require(IPAddress("192.0.2.7")), local = try #require(IPAddress("127.0.0.1"))
        let counts = ClientCounts(most: 2, includesLoopback: false)
        #expect([counts.enter(remote), counts.enter(remote), counts.enter(remote)] == [true, true, false])
        counts.leave(remote)
        #expect(counts.enter(remote))
        #expect((0..<5).allSatisfy { _ in counts.enter(local) })
        #expect(counts.clientCount == 1)
        for _ in 0..<2 { counts.leave(remote) }
        #expect(counts.clientCount == 0)
        let strict = ClientCounts(most: 1, includesLoopback: true)
        #expect([strict.enter(local), strict.enter(local)] == [true, false])
        // Neighbours of one /64 are one client.
        let v6 = ClientCounts(most: 1, includesLoopback: false)
        #expect(v6.enter(try #require(IPAddress("2001:db8::1"))))
        #expect(!v6.enter(try #require(IPAddress("2001:db8::2"))))
        #expect(v6.enter(try #require(IPAddress("2001:db8:0:1::1"))))
    }
}
