import BlobStore
import Foundation
import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("Stores on the native face")
struct StoreFaceTests {
    @Test("A store is made once, empty, with the policy of its name and the file that it comes from")
    func making() async throws {
        try await Bench.with { bench in
            let preview = try await bench.slow(head(.PUT, "/v1/stores/acme-runs?dryRun=true"))
            #expect(try await bench.slow(head(.GET, "/v1/stores/acme-runs")).status == 404)
            let made = try await bench.slow(head(.PUT, "/v1/stores/acme-runs"))
            #expect(preview.status == 201 && preview.body == made.body)
            #expect(try await bench.slow(head(.PUT, "/v1/stores/acme-runs?dryRun=true")).status == 200)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json?["entries"] as? Int == 0)
            let policy = try #require(made.json?["policy"] as? [String: Any])
            #expect(policy["file"] as? String == "runs.yaml" && policy["builtIn"] as? Bool == true)
            #expect(try await bench.slow(head(.PUT, "/v1/stores/acme-runs")).status == 200)
            #expect(try await bench.slow(head(.GET, "/v1/stores/acme-runs")).body == made.body)
            #expect(try await bench.slow(head(.PUT, "/v1/stores/acme-runs"), Array("x".utf8)).status == 400)
            #expect(try await bench.slow(head(.PUT, "/v1/stores/acme-runs", token: nil)).status == 401)
        }
    }

    @Test("A store goes when it holds nothing, or with its entries; written to again it is a new one")
    func removing() async throws {
        try await Bench.with { bench in
            for key in ["a", "b"] { try await bench.store.put(name(key), [1, 2]) }
            let run = head(.POST, "/v1/progress/coast/run-1")
            #expect(try await bench.slow(run, Array("{}".utf8)).status < 300)
            let kept = try await bench.slow(head(.DELETE, "/v1/stores/runs"))
            #expect(kept.status == 409 && kept.text.contains("all=true"), "\(kept.text)")
            #expect(try await bench.slow(head(.DELETE, "/v1/stores/runs?all=maybe")).status == 400)
            #expect(try await bench.slow(head(.DELETE, "/v1/stores/runs?all=true", token: nil)).status == 401)
            #expect(try await bench.slow(head(.GET, "/v1/stores/runs/entries/a")).status == 200)

            let gone = try await bench.slow(head(.DELETE, "/v1/stores/runs?all=true"))
            #expect(gone.status == 200 && gone.json?["deleted"] as? Int == 2, "\(gone.text)")
            for method in [HTTPMethod.GET, .DELETE] {
                #expect(try await bench.slow(head(method, "/v1/stores/runs")).status == 404)
            }
            #expect(!(try await bench.slow(head(.GET, "/v1/stores")).text.contains(#""name":"runs""#)))
            #expect(!(try await bench.slow(head(.GET, "/v1/growth")).text.contains(#""name":"runs""#)))

            #expect(try await bench.slow(head(.PUT, "/v1/stores/runs")).status == 201)
            #expect(try await bench.slow(head(.GET, "/v1/stores/runs")).json?["entries"] as? Int == 0)
            #expect(try await bench.slow(head(.DELETE, "/v1/stores/runs")).json?["deleted"] as? Int == 0)
            try await bench.store.put(name("c"), [3])
            #expect(try await bench.slow(head(.GET, "/v1/stores/runs")).json?["entries"] as? Int == 1)

            // Followers of its logs go on where they are: the numbers of events do not begin again.
            #expect(try await bench.slow(head(.DELETE, "/v1/stores/progress?all=true")).status == 200)
            let again = try await bench.slow(run, Array("{}".utf8))
            #expect(again.json?["last"] as? Int == 2, "\(again.text)")
        }
    }

    @Test("Keys are searched for a text; folders are counted")
    func lists() async throws {
        try await Bench.with { bench in
            for key in ["trip/Quay.jpg", "trip/b/quay-2.jpg", "other"] { try await bench.store.put(name(key), [1, 2]) }
            let found = try await bench.slow(head(.GET, "/v1/stores/runs/entries?contains=QUAY"))
            #expect(
                (found.json?["entries"] as? [[String: Any]])?.map { $0["key"] as? String }
                    == ["trip/Quay.jpg", "trip/b/quay-2.jpg"])
            let folders = try await bench.slow(head(.GET, "/v1/stores/runs/entries?delimiter=/&sizes=true"))
            let sizes = try #require(folders.json?["directorySizes"] as? [[String: Any]])
            #expect(sizes.map { $0["entries"] as? Int } == [2] && sizes.map { $0["bytes"] as? Int } == [4])
            #expect(sizes.map { $0["isPartial"] as? Bool } == [false])
            for query in [
                "contains=a&delimiter=/", "contains=a&order=newest", "sizes=true", "sizes=maybe",
                "contains=" + String(repeating: "a", count: 101),
            ] {
                #expect(try await bench.slow(head(.GET, "/v1/stores/runs/entries?\(query)")).status == 400, "\(query)")
            }
        }
    }

    @Test("An entry's type, metadata and end are changed without its content")
    func properties() async throws {
        try await Bench.with { bench in
            try await bench.store.put(name("a/b"), [1, 2], metadata: Metadata(json: Array(#"{"n":1}"#.utf8)))
            func patch(_ body: String, _ fields: [(String, String)] = []) async throws -> Answered {
                try await bench.slow(head(.PATCH, "/v1/stores/runs/properties/a%2Fb", fields), Array(body.utf8))
            }
            let first = try await patch(#"{"contentType":"image/png","ttl":"1h"}"#)
            #expect(first.status == 200, "\(first.text)")
            #expect(first.json?["contentType"] as? String == "image/png")
            #expect(first.json?["expiresAt"] is String)
            #expect((first.json?["metadata"] as? [String: Any])?["n"] as? Int == 1)
            let second = try await patch(
                #"{"metadata":{"by":"é"},"ttl":"never"}"#, [("if-match", try #require(first.field("etag")))])
            #expect(second.json?["contentType"] as? String == "image/png" && second.json?["expiresAt"] == nil)
            #expect((second.json?["metadata"] as? [String: Any])?["by"] as? String == "é")
            #expect(try await patch(#"{"ttl":"1h"}"#, [("if-match", "\"other\"")]).status == 412)
            for body in [
                "{}", "[]", #"{"type":"a/b"}"#, #"{"contentType":""}"#, #"{"contentType":"a\r\nb"}"#,
                #"{"ttl":"soon"}"#,
                #"{"metadata":[]}"#, #"{"contentType":" a/b"}"#, #"{"contentType":"é"}"#,
            ] {
                #expect([400, 422].contains(try await patch(body).status), "\(body)")
            }
            let missing = try await bench.slow(
                head(.PATCH, "/v1/stores/runs/properties/none"), Array(#"{"ttl":"1h"}"#.utf8))
            #expect(missing.status == 404)
        }
    }

    @Test("Runs are searched by their IDs and by the time of their last event")
    func runs() async throws {
        try await Bench.with { bench in
            for run in ["Coast-1", "coast-2", "harbour"] {
                let answer = try await bench.slow(head(.POST, "/v1/progress/coast/\(run)"), Array("{}".utf8))
                #expect(answer.status < 300)
                bench.clock.advance(by: .seconds(60))
            }
            func found(_ query: String) async throws -> [String] {
                let answer = try await bench.slow(head(.GET, "/v1/progress?\(query)"))
                #expect(answer.status == 200, "\(answer.text)")
                return (answer.json?["runs"] as? [[String: Any]] ?? []).compactMap { $0["run"] as? String }
            }
            #expect(try await found("contains=coast") == ["coast-2", "Coast-1"])
            let middle = (bench.clock.now - .seconds(150)).iso8601
            #expect(try await found("since=\(middle)") == ["harbour", "coast-2"])
            #expect(try await found("until=\(middle)") == ["Coast-1"])
            #expect(try await found("until=1970-01-01") == [])
            #expect(try await bench.slow(head(.GET, "/v1/progress?since=yesterday")).status == 400)
            let page = try await bench.slow(head(.GET, "/v1/progress?contains=coast&limit=1"))
            let cursor = try #require(page.json?["cursor"] as? String)
            #expect(try await found("contains=coast&limit=1&cursor=\(cursor)") == ["Coast-1"])
        }
    }

    @Test("/docs is a page for people, without a token")
    func docs() async throws {
        try await Bench.with { bench in
            let page = try await bench.slow(head(.GET, "/docs", token: nil))
            #expect(page.status == 200 && page.field("content-type")?.hasPrefix("text/html") == true)
            #expect(page.field("content-security-policy")?.contains("default-src 'none'") == true)
            #expect(page.text.contains("/console/docs.js"))
            #expect(try await bench.slow(head(.GET, "/docs/", token: nil)).status == 404)
        }
    }
}
