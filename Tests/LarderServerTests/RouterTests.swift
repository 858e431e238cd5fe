import LarderHTTP
import LarderModel
import LarderTestSupport
import Logs
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("The router")
struct RouterTests {
    /// A route in a line: the kind, then names, each in brackets.
    private static func describe(_ uri: String, method: HTTPMethod = .GET) -> String {
        do throws(LarderError) {
            let (face, resource) = try Bench.faces.find(request(method, uri))
            switch (resource.kind, resource.target) {
            case ("entry", let name as EntryName):
                return "\(face.label) [\(name.site)] [\(name.store)] [\(name.key)]"
            case ("api entry", let name as EntryName): return "api [\(name.site)] [\(name.store)] [\(name.key)]"
            case ("legacy entry", let name as EntryName): return "legacy [\(name.site)] [\(name.store)] [\(name.key)]"
            case ("store", let place as NetlifyStore): return "store [\(place.site)] [\(place.store)]"
            case ("site", let site as SiteID): return "site [\(site)]"
            case ("store", let store as StoreName): return "native store [\(store)]"
            case ("properties", let name as EntryName): return "native properties [\(name.store)] [\(name.key)]"
            case ("entries", let store as StoreName): return "native entries [\(store)]"
            case ("run", let run as RunName): return "run [\(run.project)] [\(run.run)]"
            case (let part, let project as Identifier) where face.label == "memory":
                return "memory [\(project)] \(part)"
            case ("tokens", _): return "tokens all"
            case ("token", let id as String): return "tokens \(id)"
            case ("job", let id as Int64): return "job \(id)"
            case ("console", let path as String): return "console [\(path)]"
            case (let kind, is Void): return kind
            case (let kind, let target): return "unknown \(kind) \(target)"
            }
        } catch { return error.code.rawValue }
    }

    @Test(
        "finds the entry that a path names, decoded once and otherwise untouched",
        arguments: [
            ("/default/runs/a", "netlify [default] [runs] [a]"),
            ("/default/site:runs/a/b.json", "netlify [default] [runs] [a/b.json]"),
            ("/default/site%3Aruns/a", "netlify [default] [runs] [a]"),
            ("/region:us-east-2/default/site:runs/a", "netlify [default] [runs] [a]"),
            ("/region%3Aus/default/site:runs/a", "netlify [default] [runs] [a]"),
            ("/default/deploy:123/a", "netlify [default] [deploy:123] [a]"),
            ("/default/deploy:123:site/a", "netlify [default] [deploy:123:site] [a]"),
            ("/default/runs/a//b", "netlify [default] [runs] [a//b]"),
            ("/default/runs/a/", "netlify [default] [runs] [a/]"),
            ("/default/runs/a/../b", "netlify [default] [runs] [a/../b]"),
            ("/default/runs/..", "netlify [default] [runs] [..]"),
            ("/default/runs/%2e%2E%2Fb", "netlify [default] [runs] [../b]"),
            ("/default/runs/a%2Fb", "netlify [default] [runs] [a/b]"),
            ("/default/runs/a%252Fb", "netlify [default] [runs] [a%2Fb]"),
            ("/default/runs/a%20b+c", "netlify [default] [runs] [a b+c]"),
            ("/default/runs/100%", "netlify [default] [runs] [100%]"),
            ("/default/runs/%zz%4", "netlify [default] [runs] [%zz%4]"),
            ("/default/runs/%F0%9F%8E%AC", "netlify [default] [runs] [🎬]"),
            ("/default/runs/a?b=/c/d", "netlify [default] [runs] [a]"),
            ("/default/runs/v1", "netlify [default] [runs] [v1]"),
            ("/default/v1/a", "netlify [default] [v1] [a]"),
            ("/default/%20/a", "netlify [default] [ ] [a]"),
            ("http://larder:7373/default/runs/a", "netlify [default] [runs] [a]"),
            ("/v1/stores/runs/entries/a/b", "native [default] [runs] [a/b]"),
            ("/v1/stores/site%3Aruns/entries/a", "native [default] [site:runs] [a]"),
            ("/v1/stores/r%C3%A9/entries/a%2F", "native [default] [ré] [a/]"),
            ("/v1/stores/runs/entries/a?site=blue", "native [blue] [runs] [a]"),
            ("/v1/stores/entries/entries/entries", "native [default] [entries] [entries]"),
            ("/.netlify/blobs/media/a/b.jpg", "public [default] [media] [a/b.jpg]"),
            ("/.netlify/blobs/media/a?exp=1&site=blue&sig=2", "public [blue] [media] [a]"),
            ("/api/v1/blobs/default/site:runs/a/b", "api [default] [runs] [a/b]"),
            ("/api/v1/blobs/region:us/default/runs/a", "api [default] [runs] [a]"),
            ("/api/v1/sites/default/blobs/a/b?context=site:runs", "legacy [default] [runs] [a/b]"),
            ("/api/v1/sites/default/blobs/a", "legacy [default] [production] [a]"),
        ])
    func entries(uri: String, route: String) { #expect(Self.describe(uri) == route) }

    @Test(
        "finds everything else that has a path",
        arguments: [
            ("/default/runs", "store [default] [runs]"),
            ("/default/site:runs?prefix=a&directories=true", "store [default] [runs]"),
            ("/region:x/default/runs", "store [default] [runs]"), ("/default", "site [default]"),
            ("/default/", "site [default]"),
            ("/default?prefix=site:", "site [default]"), ("/api/v1/blobs/default", "site [default]"),
            ("/api/v1/blobs/default/runs", "store [default] [runs]"),
            ("/api/v1/sites/default/blobs?context=runs", "store [default] [runs]"), ("/v1/stores", "stores"),
            ("/v1/stores/", "stores"),
            ("/v1/stores/runs", "native store [runs]"), ("/v1/stores/runs/entries", "native entries [runs]"),
            ("/v1/stores/runs/entries?prefix=a", "native entries [runs]"), ("/v1/progress", "runs"),
            ("/v1/progress/", "runs"),
            ("/v1/progress/p/r", "run [p] [r]"), ("/v1/progress/p%20q/%F0%9F%8E%AC", "run [p q] [🎬]"),
            ("/.netlify/functions/progress?projectId=p", "function"),
            ("/v1/memory/p", "memory [p] document"), ("/v1/memory/p/suggestions?count=2", "memory [p] suggestions"),
            ("/v1/sign", "sign"),
            ("/v1/admin/audit?limit=1", "audit"), ("/v1/admin/nodes", "nodes"), ("/v1/admin/tokens/admin/roll", "roll"),
            ("/v1/admin/tokens/admin", "tokens admin"), ("/v1/admin/signing-key/rotate", "rotate"),
            ("/v1/growth?days=3", "growth"), ("/v1/export?format=sql", "export"), ("/console", "console []"),
            ("/console/lib/dom.js", "console [lib/dom.js]"),
            ("/console/session", "session"),
            ("/v1/admin/tokens", "tokens all"), ("/v1/admin/tokens/", "tokens all"),
            ("/v1/admin/tokens/ab12", "tokens ab12"),
            ("/v1/admin/cleanup", "begin cleanup"), ("/v1/admin/jobs", "jobs"), ("/v1/admin/jobs/7", "job 7"),
            ("/healthz", "health"), ("/readyz", "ready"), ("/version", "version"), ("/metrics", "metrics"),
            ("/metrics?a=b", "metrics"),
            ("/openapi.json", "description"), ("/v1/health", "history"), ("/docs", "console [docs.html]"),
            ("/v1/stores/runs/properties/a%2Fb", "native properties [runs] [a/b]"),
        ])
    func others(uri: String, route: String) { #expect(Self.describe(uri) == route) }

    @Test(
        "refuses what can't be a name",
        arguments: [
            ("/default/runs/", "invalid_key"), ("/default/runs//a", "invalid_key"),
            ("/default/runs/%2Fa", "invalid_key"),
            ("/default/runs/%FF", "invalid_key"),
            ("/default/runs/" + String(repeating: "k", count: 601), "invalid_key"), ("/default//a", "invalid_store"),
            ("/default/a%2Fb/c", "invalid_store"),
            ("/default/site:/a", "invalid_store"), ("/default/%00/a", "invalid_store"),
            ("/default/" + String(repeating: "s", count: 65) + "/a", "invalid_store"),
            ("/a%20b/runs/a", "invalid_site"), ("/%76%31/stores/a", "invalid_site"), ("/%2e./runs/a", "invalid_site"),
            ("/region:us", "invalid_site"),
            ("/region:us/", "invalid_site"), ("/region:us/v1/stores", "invalid_site"),
            ("/api/v1/blobs/api/runs/a", "invalid_site"),
            ("/v1/stores/runs/entries/", "invalid_key"), ("/v1/stores/runs/entries/a?site=a/b", "invalid_site"),
            ("/v1/stores/%2F/entries/a", "invalid_store"),
            ("/v1/progress/p/", "invalid_key"), ("/v1/progress//r", "invalid_key"),
            ("/v1/progress/p/r/s", "invalid_key"),
            ("/v1/progress/p/%2F", "invalid_key"),
        ])
    func refused(uri: String, code: String) { #expect(Self.describe(uri) == code) }

    @Test(
        "takes a key of the Netlify client's 600 bytes however it is written",
        arguments: [
            String(repeating: "k", count: 600), String(repeating: "%6B", count: 600),
            String(repeating: "%C3%A9", count: 300),
        ])
    func longest(key: String) { #expect(Self.describe("/default/runs/" + key).hasPrefix("netlify [default] [runs] [")) }

    @Test(
        "knows no other paths",
        arguments: [
            "/", "//default/runs/a", "/v1", "/v1/", "/v1/store", "/v1/stores/runs/entry/a", "/v1/progress/p",
            "/v1/sign/x", "/.netlify", "/.netlify/",
            "/.netlify/blobs",
            "/.netlify/blobs/media", "/.netlify/functions/other", "/.netlify/functions/progress/x", "/.git/config",
            "/.well-known/x", "/api",
            "/api/v1",
            "/api/v2/blobs/default", "/api/v1/sites/default", "/api/v1/sites/default/other", "/healthz/",
            "/v1/admin/audit/", "/v1/admin/nodes/1", "/v1/admin/signing-key",
            "/metrics/x",
            "/openapi.json/", "/docs/", "/docs/x", "/v1/health/", "/v1/stores/runs/properties",
            "/favicon.ico",
            "/v1/memory", "/v1/memory/p/other",
        ])
    func unknown(uri: String) { #expect(Self.describe(uri) == "not_found") }

    @Test("wants a path", arguments: ["*", "", "example.com:443", "http://larder:7373"])
    func noPath(uri: String) { #expect(Self.describe(uri) == "malformed_request") }
}

@Suite("The edge path of an entry")
struct NetlifyPathTests {
    @Test(
        "leads back to the entry, also through URL code that resolves dots",
        arguments: [
            "a", "a/b", "a//b", "a/", "..", ".", "a/../b", "../../v1/stores", "a/./b", "...", "a b+c%2F", "🎬",
            "\u{202F}", "a?b#c", "\u{0}\n\u{7F}",
            "e\u{301}", "%", "a&b=c", "a:b",
        ])
    func roundTrip(key: String) throws {
        for store in ["runs", "deploy:1", "deploy:1:x", "ré🎬", " ", "a%2Fb", "..", "site:x"] {
            let entry = try name(key, store: store)
            let path = NetlifyPath.encoded(entry)
            #expect(path.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"?#&".utf8.contains($0) })
            // Nothing can save a key that is nothing but dots: WHATWG URL §4.5 resolves `%2e%2e` too.
            let hasDots = path.split(separator: "/", omittingEmptySubsequences: false).contains {
                $0 == "." || $0 == ".."
            }
            #expect(hasDots == [".", ".."].contains(key), "\(path)")
            let (face, resource) = try Bench.faces.find(request(.GET, path))
            guard face.label == "netlify", let back = resource.target as? EntryName else {
                Issue.record("\(path) is not an entry's path")
                continue
            }
            #expect(back == entry)
        }
    }

    @Test(
        "has the names that clients use for stores",
        arguments: [("site:runs", "runs"), ("deploy:1", "deploy:1"), ("deploy:1:x", "deploy:1:x")])
    func wireNames(wire: String, store: String) throws {
        #expect(try NetlifyPath.store(wire.bytes) == StoreName(store))
        #expect(NetlifyPath.wireName(try StoreName(store)) == wire.bytes)
    }
}
