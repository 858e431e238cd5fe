import Access
import BlobStore
import Foundation
import LarderHTTP
import LarderModel
import LarderTestSupport
import Logs
import NIOCore
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("The fast path")
struct FastPathTests {
    struct Request: Sendable, CustomTestStringConvertible {
        var method: HTTPMethod = .GET
        var uri: String
        var fields: [(String, String)] = []
        var body: String = ""
        var token: String? = Bench.token
        /// Whether the fast path is to answer it, so that a change that makes it idle is noticed.
        var isFast = true
        var testDescription: String { "\(method.rawValue) \(uri) \(fields)" }

        var head: HTTPRequestHead {
            LarderServerTests.head(
                method, uri, fields + (method == .PUT ? [("content-length", "\(body.utf8.count)")] : []), token: token)
        }
    }

    private static let tag = "\"\(String(repeating: "0", count: 32))\""

    @Test(
        "answers reads as the slow one does, or leaves them to it",
        arguments: [
            Request(uri: "/default/site:runs/small"), Request(method: .HEAD, uri: "/default/site:runs/small"),
            Request(uri: "/v1/stores/runs/entries/small"),
            Request(method: .HEAD, uri: "/v1/stores/runs/entries/small"), Request(uri: "/region:x/default/runs/small"),
            Request(uri: "/default/runs/small", fields: [("accept-encoding", "gzip")]),
            Request(uri: "/default/runs/packed", fields: [("accept-encoding", "gzip")]),
            Request(uri: "/default/runs/packed", isFast: false),
            Request(method: .HEAD, uri: "/default/runs/packed"), Request(uri: "/default/runs/large", isFast: false),
            Request(uri: "/default/runs/small", fields: [("range", "bytes=1-2")], isFast: false),
            Request(uri: "/default/runs/small", fields: [("range", "bytes=99-")]),
            Request(uri: "/default/runs/small", fields: [("if-none-match", "*")]),
            Request(uri: "/v1/stores/runs/entries/small", fields: [("if-none-match", tag)]),
            Request(uri: "/default/runs/small", fields: [("if-match", tag)], isFast: false),
            Request(uri: "/default/runs/small", fields: [("if-none-match", "x")]),
            Request(uri: "/default/runs/missing", isFast: false), Request(uri: "/default/runs/expired", isFast: false),
            Request(uri: "/default/runs/small", token: "wrong", isFast: false),
            Request(uri: "/default/runs/small", token: nil, isFast: false),
            Request(uri: "/.netlify/blobs/runs/small", isFast: false), Request(uri: "/default/runs/", isFast: false),
            Request(uri: "/v1/stores/runs/entries/small?site=other", isFast: false),
            Request(uri: "/v1/stores/runs/entries/small?site=", isFast: false),
            Request(uri: "/default/progress/projects/p/runs/r/progress.json", isFast: false),
            Request(uri: "/v1/progress/p/r", isFast: false), Request(uri: "/v1/stores/runs/entries", isFast: false),
            Request(uri: "/healthz", isFast: false),
            Request(uri: "/default/runs/\(String(repeating: "k", count: 9_000))", isFast: false),
            Request(method: .DELETE, uri: "/default/runs/missing", isFast: false),
        ])
    func reads(row: Request) async throws {
        try await Bench.with { bench async throws in
            try await prepare(bench)
            let quick = try await bench.quick(row.head)
            #expect((quick != nil) == row.isFast)
            let slow = try await bench.slow(row.head)
            if let quick { #expect(quick == slow) }
        }
    }

    private func prepare(_ bench: Bench) async throws {
        let metadata = try Metadata(json: #"{"title":"é 🎬"}"#.bytes)
        try await bench.store.put(name("small"), #"{"a":1}"#.bytes, metadata: metadata)
        try await bench.store.put(name("packed"), text(10_000))
        try await bench.store.put(name("large"), text(100_000))
        _ = try await bench.slow(
            head(.PUT, "/v1/stores/runs/entries/expired", [("larder-ttl", "1s"), ("content-length", "1")]), [1])
        _ = try await bench.context.entries.logs.append(
            "{}".bytes, to: name("projects/p/runs/r/progress.json", store: "progress"))
        bench.clock.advance(by: .seconds(2))
        // Everything that fits is in memory now.
        for key in ["small", "packed", "large", "expired"] { _ = try await bench.store.content(name(key)) }
    }

    @Test(
        "answers writes as the slow one does, and leaves the same behind",
        arguments: [
            Request(method: .PUT, uri: "/default/site:runs/new", body: "x"),
            Request(method: .PUT, uri: "/default/runs/small", body: ""),
            Request(
                method: .PUT, uri: "/v1/stores/runs/entries/new", fields: [("content-type", "text/plain")], body: "x"),
            Request(
                method: .PUT, uri: "/v1/stores/runs/entries/small",
                fields: [("larder-ttl", "10s"), ("larder-metadata", #"{"m":[1]}"#)],
                body: #"{"b":2}"#),
            Request(method: .PUT, uri: "/v1/stores/runs/entries/new?site=other", body: "x"),
            Request(
                method: .PUT, uri: "/default/runs/new", fields: [("x-amz-meta-user", "b64;eyJhIjoxfQ==")], body: "x"),
            Request(method: .PUT, uri: "/default/runs/new", fields: [("if-none-match", "*")], body: "x"),
            Request(method: .PUT, uri: "/default/runs/small", fields: [("if-none-match", "*")], body: "x"),
            Request(method: .PUT, uri: "/v1/stores/runs/entries/small", fields: [("if-match", tag)], body: "x"),
            Request(method: .PUT, uri: "/v1/stores/evals/entries/e", body: String(repeating: "x", count: 1_000)),
            Request(
                method: .PUT, uri: "/v1/stores/videos/entries/v", fields: [("content-type", "video/mp4")],
                body: String(repeating: "x", count: 32_768)
            ),
            Request(
                method: .PUT, uri: "/v1/stores/videos/entries/v", fields: [("content-type", "video/mp4")],
                body: String(repeating: "x", count: 32_769), isFast: false),
            Request(
                method: .PUT, uri: "/v1/stores/evals/entries/e", body: String(repeating: "x", count: 1_001),
                isFast: true),
            Request(
                method: .PUT, uri: "/v1/stores/runs/entries/new", fields: [("content-type", "text/plain")],
                body: String(repeating: "x", count: 1_400), isFast: false),
            Request(
                method: .PUT, uri: "/v1/stores/runs/entries/new", fields: [("larder-ttl", "soon")], body: "x",
                isFast: false),
            Request(
                method: .PUT, uri: "/v1/stores/runs/entries/new", fields: [("larder-metadata", "[]")], body: "x",
                isFast: false),
            Request(
                method: .PUT, uri: "/default/runs/new", fields: [("x-amz-meta-user", "a")], body: "x", isFast: false),
            Request(method: .PUT, uri: "/default/runs/new", fields: [("if-match", "a")], body: "x"),
            Request(
                method: .PUT, uri: "/default/runs/new", fields: [("content-encoding", "br")], body: "x", isFast: false),
            Request(method: .PUT, uri: "/default/runs/new", body: "x", token: "wrong", isFast: false),
            Request(method: .PUT, uri: "/.netlify/blobs/runs/new", body: "x", isFast: false),
            Request(
                method: .PUT, uri: "/default/progress/projects/p/runs/r/progress.json", body: #"[{},{"n":1}]"#,
                isFast: false),
            Request(method: .PUT, uri: "/default/runs/", body: "x", isFast: false),
            Request(method: .PUT, uri: "/api/v1/blobs/default/runs/a", body: "x", isFast: false),
        ])
    func writes(row: Request) async throws {
        // Two servers with the same past; each takes one of the ways.
        let slow = try await outcome(row) { bench async throws in try await bench.slow(row.head, row.body.bytes) }
        let quick = try await outcome(row) { bench async throws in
            let answer = try await bench.quick(row.head, row.body.bytes)
            #expect((answer != nil) == row.isFast)
            return try await answer == nil ? bench.slow(row.head, row.body.bytes) : #require(answer)
        }
        #expect(quick.answer == slow.answer)
        #expect(quick.entries == slow.entries)
    }

    private func outcome(_ row: Request, _ way: (Bench) async throws -> Answered) async throws -> (
        answer: Answered, entries: [Entry]
    ) {
        try await Bench.with { bench async throws in
            try await prepare(bench)
            let answer = try await way(bench)
            var entries: [Entry] = []
            for site in ["default", "other"] {
                for store in try await bench.store.stores(of: SiteID(site), limit: 100) {
                    entries += try await bench.store.list(store.name, in: SiteID(site), ListQuery()).entries
                }
            }
            return (answer, entries)
        }
    }

    @Test("opens a signed URL as the slow one does, and no other", arguments: ["small", "packed"])
    func signed(key: String) async throws {
        try await Bench.with { bench async throws in
            try await prepare(bench)
            for path in ["/.netlify/blobs/runs/\(key)", "/default/site:runs/\(key)", "/v1/stores/runs/entries/\(key)"] {
                let uri = path + "?" + bench.context.signer.query(path: path)
                for method in [HTTPMethod.GET, .HEAD] {
                    let made = head(method, uri, [("accept-encoding", "gzip")], token: nil)
                    let slow = try await bench.slow(made)
                    #expect(slow.status == 200)
                    #expect(try await bench.quick(made) == slow)
                }
                let forged = head(.GET, uri.dropLast() + (uri.hasSuffix("0") ? "1" : "0"), token: nil)
                #expect(try await bench.quick(forged) == nil)
                #expect(try await bench.slow(forged).status == 403)
                for method in [HTTPMethod.DELETE, .PUT] {
                    let other = head(method, uri, [("content-length", "0")], token: nil)
                    #expect(try await bench.quick(other) == nil)
                    #expect([401, 403, 405].contains(try await bench.slow(other).status))
                }
                #expect(try await bench.store.entry(name(key)) != nil)
            }
        }
    }

    @Test("serves a public store to anybody, and no other store")
    func publicStores() async throws {
        try await Bench.with { bench async throws in
            for policy in bench.store.policies.policies where policy.matches.first?.isLiteral == true {
                let store = try #require(policy.matches.first).text
                guard !policy.rules.contains(where: { $0.log != nil }) else { continue }
                let entry = try name("k", store: store)
                try await bench.store.put(entry, "x".bytes)
                let made = head(.GET, "/.netlify/blobs/\(store)/k", token: nil)
                let slow = try await bench.slow(made)
                #expect(slow.status == (policy.isPublic ? 200 : 403), "\(store)")
                let quick = try await bench.quick(made)
                #expect(quick == (policy.isPublic ? slow : nil))
            }
        }
    }

    @Test(
        "is not for requests that need more than a look",
        arguments: [
            (HTTPMethod.GET, [("content-length", "3")]), (.GET, [("transfer-encoding", "chunked")]),
            (.GET, [("connection", "close")]),
            (.PUT, [("content-length", "32769")]), (.PUT, []),
            (.PUT, [("content-length", "3"), ("expect", "100-continue")]),
            (.PUT, [("content-length", "3"), ("content-encoding", "gzip")]), (.PUT, [("transfer-encoding", "chunked")]),
            (.POST, [("content-length", "3")]),
            (.DELETE, []), (.PATCH, [("content-length", "3")]), (.OPTIONS, []),
        ])
    func candidates(method: HTTPMethod, fields: [(String, String)]) {
        func mayBeQuick(_ head: HTTPRequestHead) -> Bool {
            let request = RequestHead(head, id: "0")
            return request.isQuickRead || request.isQuickWrite(limit: 32_768)
        }
        #expect(!mayBeQuick(head(method, "/default/runs/a", fields)))
        var old = head(.GET, "/default/runs/a")
        #expect(mayBeQuick(old))
        old.version = .http1_0
        #expect(!mayBeQuick(old))
    }

    @Test("takes streams of progress and refuses those that may not be")
    func streams() async throws {
        try await Bench.with { bench async throws in
            let accept = [("accept", "text/event-stream")]
            let asked = RequestHead(
                head(.GET, "/v1/progress/p/r", accept + [("last-event-id", "7")]), id: "0")
            guard case .follow = bench.responder.exchange(for: asked).way else {
                Issue.record("it is not followed")
                return
            }
            let run = try #require(try Bench.faces.find(asked).1.target as? RunName)
            #expect(run.project == "p" && run.run == "r")
            #expect(try asked.followStart() == .after(7))
            for id in ["x", "-1", "1.5", "+1", "99999999999999999999", "\u{FFFD}"] {
                let odd = RequestHead(head(.GET, "/v1/progress/p/r?after=3", accept + [("last-event-id", id)]), id: "0")
                #expect(try odd.followStart() == .foreign)
            }
            for (query, start) in [("?after=3", Follower.Start.after(3)), ("", .beginning)] {
                let plain = RequestHead(head(.GET, "/v1/progress/p/r" + query, accept), id: "0")
                #expect(try plain.followStart() == start)
            }
            for (uri, fields, token, status) in [
                ("/v1/progress/p/r?after=-1", [(String, String)](), String?(Bench.token), UInt(400)),
                ("/v1/progress?run=p", [], Bench.token, 400), ("/v1/progress?run=p/", [], Bench.token, 400),
                ("/v1/progress/p/r", [], nil, 401), ("/v1/progress?runs=p", [], Bench.token, 400),
            ] {
                let refused = RequestHead(head(.GET, uri, accept + fields, token: token), id: "0")
                guard case .answer(let answer) = bench.responder.exchange(for: refused).way else {
                    Issue.record("\(uri) is not answered")
                    continue
                }
                #expect(answer.status.code == status)
            }
        }
    }
}
