import Testing

@testable import LarderClient

@Suite("Paths on the wire")
struct WirePathTests {
    @Test(
        "keep a plain key readable",
        arguments: [("a/b/c.json", "a/b/c.json"), ("run 1/é", "run%201/%C3%A9"), ("a%2Fb?#", "a%252Fb%3F%23")])
    func plain(key: String, expected: String) { #expect(WirePath.key(key) == expected) }

    @Test(
        "encode the slashes of a key that URL code could collapse",
        arguments: [
            ("a//b", "a%2F%2Fb"), ("a/", "a%2F"), ("a/../b", "a%2F..%2Fb"), ("./a", ".%2Fa"), ("..", "%2E%2E"),
            (".", "%2E"), ("a/...", "a/..."),
        ])
    func collapsible(key: String, expected: String) { #expect(WirePath.key(key) == expected) }

    @Test("encode store names whole")
    func stores() {
        #expect(WirePath.entry("site:a b", "k") == "/v1/stores/site%3Aa%20b/entries/k")
        #expect(WirePath.store("..") == "/v1/stores/%2E%2E")
    }

    @Test(
        "arrive as they were built",
        arguments: [
            "a/b", "a//b", "a/", "a/../../b", "..", "%", "100%25", "a?b#c&d=e;f", "\u{202E}x", "😀/é", "a b+c",
            "a\u{0}b", "a\nb", "[x]{y}|z\\",
        ])
    func onTheWire(key: String) async throws {
        try await ScriptedServer.with(.json(Samples.entryJSON())) { server in
            try await server.withClient(site: "s") { client in
                _ = try await client.store("a/b ü").set(key, [1])
                #expect(
                    server.requests.map(\.target) == ["/v1/stores/a%2Fb%20%C3%BC/entries/\(WirePath.key(key))?site=s"])
            }
        }
    }
}
