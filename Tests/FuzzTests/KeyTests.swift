import LarderHTTP
import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderServer

func head(_ uri: String, _ fields: [(String, String)] = [], _ method: HTTPMethod = .GET) -> RequestHead {
    RequestHead(HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: HTTPHeaders(fields)), id: "0")
}

@Suite("Fuzz: keys, paths and queries")
struct KeyTests {
    private let faces = FaceTable(Face.all)

    /// A key as some client might write it: what must be is encoded, of the rest some.
    private static func written(_ key: [UInt8], _ dice: inout Seeded) -> String {
        key.map { byte -> String in
            let isPlain = (0x21...0x7E).contains(byte) && !"%?#".utf8.contains(byte)
            if isPlain, !dice.once(in: 3) { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16)
            let padded = hex.count == 1 ? "0" + hex : hex
            return "%" + (dice.once(in: 2) ? padded : padded.uppercased())
        }.joined()
    }

    private static func key(_ dice: inout Seeded) -> EntryKey? {
        let segments = dice.many(1...5) {
            $0.once(in: 4) ? $0.pick([".", "..", "", "v1", "%2F", "%"]) : $0.text(0...20)
        }
        return try? NetlifyPath.key(segments.joined(separator: "/").bytes)
    }

    @Test("a key comes back however it is written, on every face, and from the paths that we write ourselves")
    func roundTrip() {
        Fuzz.run(1_500) { dice in
            guard let key = Self.key(&dice) else { return }
            for start in [
                "/v1/stores/runs/entries/", "/default/runs/", "/region:x/default/site:runs/", "/.netlify/blobs/runs/",
            ] {
                let uri = start + Self.written(key.bytes, &dice) + (dice.once(in: 3) ? "?a=/b" : "")
                guard let name = try faces.find(head(uri)).1.target as? EntryName else {
                    throw Fuzz.Broken(description: "\(uri) is no entry")
                }
                try Fuzz.require(name.key == key && name.store.text == "runs", "\(uri) gives \(name)")
            }
            let name = EntryName(
                site: .default, store: try StoreName(dice.pick(["runs", "deploy:1", "é", "a b"])), key: key)
            let path = NetlifyPath.encoded(name)
            guard case let (face, resource) = try faces.find(head(path)), face.label == "netlify",
                let back = resource.target as? EntryName
            else { throw Fuzz.Broken(description: path) }
            try Fuzz.require(back == name, "\(path) gives \(back)")
            // URL code of browsers must leave it alone (WHATWG URL §4.4).
            // A key that is nothing but dots is beyond help: no URL can hold it.
            guard ![".", ".."].contains(key.text) else { return }
            let segments = path.split(separator: "/").map { $0.lowercased().replacing("%2e", with: ".") }
            try Fuzz.require(!segments.contains(".") && !segments.contains(".."), "\(path) would be collapsed")
        }
    }

    /// Percent-decoding as RFC 3986 says it, the slow way: by text.
    private static func decodedSlowly(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.first else { return [] }
        if first == UInt8(ascii: "%"), bytes.count >= 3 {
            let digits = bytes[1...2]
            if digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }),
                let byte = UInt8(Array(digits).text, radix: 16)
            {
                return [byte] + decodedSlowly(Array(bytes[3...]))
            }
        }
        return [first] + decodedSlowly(Array(bytes[1...]))
    }

    @Test("percent-decoding does what the slow way does")
    func decoding() {
        Fuzz.run(1_500) { dice in
            let bytes = dice.damaged(
                dice.text(0...12).bytes, words: ["%", "%4", "%41", "%zz", "%%", "%e2%80", "+"], times: 1...6)
            try Fuzz.require(PercentCoding.decode(bytes) == Self.decodedSlowly(bytes), "\(bytes.text)")
        }
    }

    @Test("any target leads somewhere or is refused with a code of its own")
    func routing() {
        let words = [
            "/", "//", "v1", "stores", "entries", "progress", "memory", "admin", "jobs", "tokens", "sign", ".netlify",
            "blobs", "functions", "api",
            "sites",
            "default", "site:", "deploy:", "region:", "?", "&", "=", "site=", "%2F", "%00", "%FF", "..", "http://", "*",
            "healthz", "openapi.json",
        ]
        let allowed: Set<LarderError.Code> = [.notFound, .malformedRequest, .invalidSite, .invalidStore, .invalidKey]
        Fuzz.run(3_000) { dice in
            let uri = dice.damaged(
                ("/" + dice.many(0...7) { $0.pick(words) }.joined(separator: "/")).bytes, words: words, times: 0...4
            ).text
            do throws(LarderError) {
                let (_, resource) = try faces.find(head(uri))
                if resource.methods.isEmpty { throw LarderError(.internalError, "a route without a method: \(uri)") }
            } catch {
                guard allowed.contains(error.code) else { throw Fuzz.Broken(description: "\(uri): \(error)") }
            }
        }
    }

    @Test("query fields are found as the URL standard's parser finds them")
    func queries() {
        Fuzz.run(2_000) { dice in
            let fields = dice.many(0...5) { ($0.pick(["site", "prefix", "a", "sig"]), $0.text(0...6)) }
            let query = fields.map { name, value in
                let encoded = PercentCoding.encode(value.utf8, keeping: "/:").replacing(
                    "%20", with: dice.pick(["%20", "+"]))
                return Self.written(name.bytes, &dice) + "=" + encoded
            }.joined(separator: dice.pick(["&", "&&"]))
            let request = head("/x?" + query)
            for name in ["site", "prefix", "a", "sig", "none"] {
                let expected = fields.last { $0.0 == name }?.1.bytes
                try Fuzz.require(request.queryField(name) == expected, "\(name) of \(query)")
            }
        }
    }
}
