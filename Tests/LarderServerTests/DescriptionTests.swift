import APIDescription
import Foundation
import LarderHTTP
import LarderModel
import LarderTestSupport
import NIOHTTP1
import Logs
import Testing

@testable import LarderServer

/// `docs/openapi.yaml` says what the router and the faces do, no more and no less. What a live server answers is
/// checked against it in EndToEndTests/DescriptionTests.
@Suite("The OpenAPI document")
struct DescriptionTests {
    /// One of the document's paths with its operations.
    private struct Path {
        let template: String
        /// The template with a valid value in each place.
        let uri: String
        let methods: Set<String>
    }

    private static func document() throws -> [String: Any] {
        let json = try JSONSerialization.jsonObject(with: Data(try APIDescription().json))
        return try #require(json as? [String: Any])
    }

    private static func paths() throws -> [Path] {
        try #require(try document()["paths"] as? [String: [String: Any]]).map { template, item in
            let uri = template.replacing("{id}", with: "7").replacing("{store}", with: "runs").replacing(
                "{key}", with: "a/b.json"
            )
            .replacing("{project}", with: "demo").replacing("{run}", with: "run-1").replacing("{session}", with: "s1")
            return Path(
                template: template, uri: uri,
                methods: Set(item.keys.filter { $0 != "parameters" }.map { $0.uppercased() }))
        }
    }

    /// What kind of thing a path names; nil for the faces of other protocols, which are described elsewhere, and for the
    /// console's pages. A new kind needs a line here, and so a path in the document.
    private static func kind(_ face: Face, _ resource: Resource) -> String? {
        switch (face.label, resource.kind) {
        case ("netlify", _), ("public", _), ("progress", "function"), ("admin", "console"): nil
        case ("memory", let part), ("compat", let part): "\(face.label) \(part)"
        case (_, let kind): kind
        }
    }

    private static let kinds: Set<String> = Set(
        [
            "entry", "stores", "store", "entries", "run", "runs", "tokens", "token", "jobs", "job", "sign", "session",
            "growth", "search", "forget", "export", "nodes", "roll", "rotate", "audit", "begin cleanup",
            "begin collect",
            "begin verify", "begin backup", "begin backup-verify", "begin restore", "begin discard-before",
            "memory document",
            "health", "ready", "version", "metrics", "description", "history", "properties", "log", "logs",
            "compat session", "compat notifications", "compat history", "compat append", "compat reset",
        ] + MemoryParts.kinds.map { "memory \($0.name)" })

    @Test("has a path for every route, and no path that is none")
    func routes() throws {
        var found: Set<String> = []
        for path in try Self.paths() {
            let (face, resource) = try Bench.faces.find(request(.GET, path.uri))
            let kind = try #require(Self.kind(face, resource), "\(path.template)")
            #expect(found.insert(kind).inserted, "two paths for \(kind)")
        }
        #expect(found == Self.kinds)
    }

    @Test("has the methods that each path takes; others are 405, and Allow says so")
    func methods() async throws {
        try await Bench.with { bench in
            for path in try Self.paths() {
                let (_, resource) = try Bench.faces.find(request(.GET, path.uri))
                #expect(Set(resource.methods.map(\.rawValue)) == path.methods, "\(path.template)")
                for method in [HTTPMethod.GET, .HEAD, .PUT, .POST, .PATCH, .DELETE] {
                    // Would end the token that the rest is asked with.
                    if method == .POST, path.template.hasSuffix("/tokens/admin/roll") { continue }
                    let answer = try await bench.slow(head(method, path.uri))
                    #expect(
                        (answer.status == 405) != path.methods.contains(method.rawValue),
                        "\(method) \(path.template): \(answer.text)")
                    guard answer.status == 405 else { continue }
                    let allowed = Set(
                        (answer.field("allow") ?? "").split(separator: ",").map {
                            $0.trimmingCharacters(in: .whitespaces)
                        })
                    #expect(allowed == path.methods, "\(path.template)")
                }
            }
        }
    }

    @Test("HEAD is answered without a body wherever it is taken")
    func head_() async throws {
        try await Bench.with { bench in
            for path in try Self.paths() where path.methods.contains("HEAD") {
                let answer = try await bench.slow(head(.HEAD, path.uri))
                #expect(answer.body.isEmpty, "\(path.template)")
            }
        }
    }

    @Test("knows every error code, and no other")
    func codes() throws {
        let components = try #require(try Self.document()["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: [String: Any]])
        let codes = try #require(schemas["ErrorCode"]?["enum"] as? [String])
        #expect(codes == LarderError.Code.allCases.map(\.rawValue))
    }

    @Test("names only statuses that some error code has, in the one shape")
    func statuses() throws {
        let statuses = Set(LarderError.Code.allCases.map { "\(ErrorTable.status($0).code)" }).union(["414", "431"])
        for (path, item) in try #require(try Self.document()["paths"] as? [String: [String: Any]]) {
            for (method, operation) in item where method != "parameters" {
                let responses = try #require((operation as? [String: Any])?["responses"] as? [String: [String: Any]])
                for (status, response) in responses where status >= "400" {
                    #expect(statuses.contains(status), "\(method) \(path): \(status)")
                    #expect(
                        (response["$ref"] as? String)?.hasPrefix("#/components/responses/") == true,
                        "\(method) \(path): \(status)")
                }
                for always in ["400", "408", "414", "429", "431", "503"] {
                    #expect(responses[always] != nil, "\(method) \(path): \(always) is missing")
                }
            }
        }
    }

    @Test("is served without a token, with an ETag that saves sending it again")
    func served() async throws {
        try await Bench.with { bench in
            let first = try await bench.slow(head(.GET, "/openapi.json", token: nil))
            #expect(first.status == 200)
            #expect(first.field("content-type") == "application/json")
            #expect(first.body == (try APIDescription().json))
            let etag = try #require(first.field("etag"))
            let second = try await bench.slow(head(.GET, "/openapi.json", [("if-none-match", etag)], token: nil))
            #expect(second.status == 304)
            #expect(second.body.isEmpty)
            #expect(second.field("etag") == etag)
            #expect(
                try await bench.slow(head(.GET, "/openapi.json", [("if-none-match", "nonsense")], token: nil)).status
                    == 200)
            #expect(try await bench.slow(head(.GET, "/openapi.json/", token: nil)).status == 404)
        }
    }
}

@Suite("YAML said in JSON")
struct YAMLConversionTests {
    @Test(
        "keeps order, quotes and numbers as they are written",
        arguments: [
            ("b: 1\na: [x, 'y', \"z\"]", #"{"b":1,"a":["x","y","z"]}"#),
            ("[1.50, 1e3, -0, '1', 1_000, 0x1F, 3.1.0]", #"[1.50,1e3,-0,"1","1_000","0x1F","3.1.0"]"#),
            ("[true, false, null, 'null', yes, no, ~, Null]", #"[true,false,null,"null","yes","no","~","Null"]"#),
            ("a: &x {b: 1}\nc: *x", #"{"a":{"b":1},"c":{"b":1}}"#), ("|\n  two\n  lines\n", #""two\u000alines\u000a""#),
            ("'200': {}", #"{"200":{}}"#), ("18446744073709551615", "18446744073709551615"), (#""\"é""#, #""\"é""#),
        ])
    func conversion(yaml: String, json: String) throws {
        #expect(String(decoding: try YAMLConversion.json(of: yaml), as: UTF8.self) == json)
    }

    @Test("refuses what JSON can't say", arguments: ["", "a: [", "[a]: 1", "? {a: 1}\n: 2"])
    func refused(yaml: String) { #expect(throws: LarderError.self) { try YAMLConversion.json(of: yaml) } }
}
