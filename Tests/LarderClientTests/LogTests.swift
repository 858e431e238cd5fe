import Foundation
import NIOHTTP1
import Testing

@testable import LarderClient

@Suite("A log of a store")
struct LogTests {
    private static let receipt = #"{"first":3,"last":4,"count":2,"etag":"\"l4\""}"#

    @Test("is appended to as it was written, with a key of its own and a condition")
    func append() async throws {
        try await ScriptedServer.with(.json(Self.receipt)) { server in
            try await server.withClient { client in
                let log = client.store("conversations").log("ada/trip one")
                let receipt = try await log.append(["role": "user"])
                #expect((receipt.first, receipt.last, receipt.count, receipt.etag) == (3, 4, 2, "\"l4\""))
                try await log.append(
                    json: Array(#"[{"n": 1.50}]"#.utf8), condition: .ifMatch("l2"), idempotencyKey: "k")
                try await log.append(
                    lines: Array("{}\n{}\n".utf8), partial: true, condition: .ifNew, ttl: .seconds(7200))
                let requests = server.requests
                let path = "/v1/stores/conversations/logs/ada/trip%20one"
                #expect(requests.map(\.target) == [path, path, path + "?partial=true"])
                #expect(requests.map(\.text) == [#"{"role":"user"}"#, #"[{"n": 1.50}]"#, "{}\n{}\n"])
                #expect(
                    requests.map { $0.headers["content-type"].first } == [
                        "application/json", "application/json", "application/x-ndjson",
                    ])
                #expect(requests.map { $0.headers["larder-ttl"] } == [[], [], ["2h"]])
                let keys = requests.map { $0.headers["idempotency-key"].first ?? "" }
                #expect(keys[1] == "k" && !keys[0].isEmpty && keys[0] != keys[2])
                #expect(requests.map { $0.headers["if-match"] } == [[], ["\"l2\""], []])
                #expect(requests.map { $0.headers["if-none-match"] } == [[], [], ["*"]])
            }
        }
    }

    @Test(
        "says with its code that a condition didn't hold, or that the key is no log",
        arguments: [
            (HTTPResponseStatus.preconditionFailed, LarderClientError.Code.preconditionFailed), (.conflict, .notALog),
        ])
    func refused(status: HTTPResponseStatus, code: LarderClientError.Code) async throws {
        try await ScriptedServer.with(.error(status, code: code.rawValue)) { server in
            try await server.withClient { client in
                let error = await #expect(throws: LarderClientError.self) {
                    try await client.store("runs").log("a").append([String: String]())
                }
                #expect(error?.code == code)
            }
        }
    }

    private static let page = #"""
        {"store":"s","key":"k","first":2,"last":9,"count":7,"dropped":1,"etag":"\"l9\"","metadata":{"title":"\#
        \ud83d", "n":1.50},"events":[{"seq":7,"at":"2026-05-10T06:12:47.123Z","receivedAt":"2026-05-10T06:12:48.000Z",\#
        "event":{"z": 1.50, "a":"\u0041]"}},{"seq":9,"at":"2026-05-10T06:12:48.000Z",\#
        "receivedAt":"2026-05-10T06:12:48.000Z","event":{}}],"previous":7}
        """#

    @Test("is read with its events and metadata byte for byte, and says where it goes on")
    func read() async throws {
        try await ScriptedServer.with(.json(Self.page)) { server in
            try await server.withClient { client in
                let page = try await client.store("s").log("k").tail(2)
                #expect(server.requests[0].target == "/v1/stores/s/logs/k?tail=2")
                #expect((page.first, page.last, page.count, page.dropped, page.etag) == (2, 9, 7, 1, "\"l9\""))
                #expect(String(decoding: page.metadata.json, as: UTF8.self) == #"{"title":"\ud83d","n":1.50}"#)
                #expect(page.events.map(\.seq) == [7, 9])
                #expect(String(decoding: page.events[0].json, as: UTF8.self) == #"{"z": 1.50, "a":"\u0041]"}"#)
                #expect(page.events[0].at == ClientJSON.date("2026-05-10T06:12:47.123Z"))
                #expect((page.next, page.previous) == (nil, 7))
            }
        }
    }

    @Test("is asked for by number, by time and by role")
    func filters() async throws {
        try await ScriptedServer.with(.json(Self.page)) { server in
            try await server.withClient { client in
                let log = client.store("s").log("k")
                let day = Date(timeIntervalSince1970: 1_778_400_000)
                let filter = LogFilter(since: day, until: day + 1.5, roles: ["user", "a&b"])
                _ = try await log.page(.before(7), limit: 20, filter: filter)
                _ = try await log.page()
                #expect(
                    server.requests.map(\.target) == [
                        "/v1/stores/s/logs/k?before=7&limit=20&since=2026-05-10T08%3A00%3A00.000Z"
                            + "&until=2026-05-10T08%3A00%3A01.500Z&role=user&role=a%26b",
                        "/v1/stores/s/logs/k?tail=100",
                    ])
            }
        }
    }

    @Test("is nothing new while it has the tag that the caller knows")
    func unchanged() async throws {
        try await ScriptedServer.with(ScriptedAnswer(status: .notModified), .json(Self.page)) { server in
            try await server.withClient { client in
                let log = client.store("s").log("k")
                let (same, other) = (try await log.page(ifNoneMatch: "l9"), try await log.page(ifNoneMatch: "l8"))
                #expect(same == nil && other?.last == 9)
                #expect(server.requests.map { $0.headers["if-none-match"] } == [["\"l9\""], ["\"l8\""]])
            }
        }
    }

    private static func page(_ seqs: [Int], next: Int?) -> ScriptedAnswer {
        let events = seqs.map { #"{"seq":\#($0),"receivedAt":"2026-05-10T06:12:47.000Z","event":{}}"# }
        let more = next.map { ",\"next\":\($0)" } ?? ""
        return .json(#"{"count":9,"etag":"e","events":[\#(events.joined(separator: ","))]\#(more)}"#)
    }

    @Test("is gone through page by page, also over a page without an event")
    func paging() async throws {
        try await ScriptedServer.with(
            Self.page([1, 2], next: 2), Self.page([], next: 700), Self.page([701], next: nil)
        ) { server in
            try await server.withClient { client in
                var seqs: [Int64] = []
                for try await event in client.store("s").log("k").events() { seqs.append(event.seq) }
                #expect(seqs == [1, 2, 701])
                #expect(
                    server.requests.map(\.target)
                        == ["0", "2", "700"].map {
                            "/v1/stores/s/logs/k?after=\($0)&limit=1000"
                        })
            }
        }
    }

    @Test("is not gone through for ever where a server's next page is no next one")
    func endlessPaging() async throws {
        try await ScriptedServer.with(Self.page([1], next: 1), Self.page([1], next: 1)) { server in
            try await server.withClient { client in
                let error = await #expect(throws: LarderClientError.self) {
                    for try await _ in client.store("s").log("k").events() {}
                }
                #expect(error?.code == .invalidResponse)
            }
        }
    }

    @Test("takes metadata, and forgets itself or parts of itself")
    func changes() async throws {
        try await ScriptedServer.with(
            .json(#"{"key":"k","etag":"e5","metadata":{}}"#), ScriptedAnswer(status: .noContent),
            .json(#"{"deleted":3}"#)
        ) { server in
            try await server.withClient { client in
                let log = client.store("s").log("k")
                let etag = try await log.update(metadata: ["title": "Trip", "old": nil] as JSONObject, ifMatch: "l4")
                #expect(etag == "e5")
                try await log.delete()
                #expect(try await log.forget(before: 7) == 3)
                #expect(try await log.forget(until: Date(timeIntervalSince1970: 0)) == 3)
                #expect(try await log.forget(seqs: [7, 9]) == 3)
                let requests = server.requests
                #expect(requests.map(\.method) == [.PATCH, .DELETE, .DELETE, .DELETE, .DELETE])
                #expect(requests[0].text == #"{"old":null,"title":"Trip"}"#)
                #expect(requests[0].headers["content-type"] == ["application/merge-patch+json"])
                #expect(requests[0].headers["if-match"] == ["\"l4\""])
                #expect(
                    requests.map { $0.target.dropFirst("/v1/stores/s/logs/k".count) } == [
                        "", "", "?before=7", "?until=1970-01-01T00%3A00%3A00.000Z", "?seq=7%2C9",
                    ])
            }
        }
    }

    @Test("is never all of the store's: an empty key, and no event to forget, ask nothing of the server")
    func nothingAsked() async throws {
        try await ScriptedServer.with(.json("{}")) { server in
            try await server.withClient { client in
                let store = client.store("s")
                await #expect(throws: LarderClientError.self) { try await store.log("").delete() }
                await #expect(throws: LarderClientError.self) { try await store.log("k").forget(seqs: []) }
                await #expect(throws: LarderClientError.self) { try await store.deleteLogs(prefix: "") }
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test("is listed with its metadata and its newest event, page by page")
    func list() async throws {
        let first = #"""
            {"logs":[{"key":"ada/trip","first":1,"last":2,"count":2,"dropped":0,"bytes":40,\#
            "startedAt":"2026-05-10T06:12:47.000Z","updatedAt":"2026-05-10T06:12:48.000Z","metadata":{"t": 1.50},\#
            "lastEvent":{"seq":2,"at":"2026-05-10T06:12:48.000Z","receivedAt":"2026-05-10T06:12:48.000Z",\#
            "event":{"x": 1}}}],"cursor":"c1"}
            """#
        let second = #"{"logs":[{"key":"ada/","first":1,"last":0,"count":0,"dropped":0,"bytes":0,"metadata":{}}]}"#
        try await ScriptedServer.with(.json(first), .json(second)) { server in
            try await server.withClient { client in
                var logs: [LogInfo] = []
                for try await log in client.store("s").logs(prefix: "ada/", lastEvent: true) { logs.append(log) }
                #expect(logs.map(\.key) == ["ada/trip", "ada/"])
                #expect(logs[0].metadata.json == Array(#"{"t":1.50}"#.utf8))
                #expect(logs[0].lastEvent?.json == Array(#"{"x": 1}"#.utf8))
                #expect(logs[1].count == 0 && logs[1].lastEvent == nil && logs[1].updatedAt == nil)
                let path = "/v1/stores/s/logs?prefix=ada%2F&order=newest&lastEvent=true&limit=1000"
                #expect(server.requests.map(\.target) == [path, path + "&cursor=c1"])
            }
        }
    }

    private static let connected = "retry: 40\nevent: connected\ndata: {\"store\":\"s\",\"key\":\"k\",\"last\":8}\n\n"

    private func event(_ seq: Int64, _ json: String) -> LogFollowEvent {
        .event(LoggedEvent(seq: seq, json: Array(json.utf8)))
    }

    @Test("is followed by events without a name, and by those of runs, through a break and a gap")
    func follow() async throws {
        let first = ScriptedAnswer.events(
            Self.connected + "id: 7\ndata: {\"a\": 1}\n\nid: 8\nevent: progress\ndata: {}\n\nid: 9\ndata: {\"ha")
        let second = ScriptedAnswer.events(
            Self.connected + "event: gap\ndata: {\"after\":8,\"first\":20}\n\nid: 20\ndata: {}\n\n"
                + "event: complete\ndata: {\"status\":\"completed\"}\n\n")
        try await ScriptedServer.with(first, second) { server in
            try await server.withClient { client in
                var events: [LogFollowEvent] = []
                for try await event in client.store("s").log("k").follow(tail: 2) { events.append(event) }
                let kept = events.filter { if case .interrupted = $0 { false } else { true } }
                #expect(
                    kept == [
                        .connected(last: 8), event(7, #"{"a": 1}"#), event(8, "{}"), .connected(last: 8),
                        .gap(after: 8, first: 20), event(20, "{}"), .complete(.completed),
                    ])
                #expect(
                    server.requests.map(\.target) == [
                        "/v1/stores/s/logs/k?tail=2", "/v1/stores/s/logs/k",
                    ])
                #expect(server.requests.map { $0.headers["last-event-id"] } == [[], ["8"]])
            }
        }
    }

    @Test("loses nothing that came while a follower of the newest few was cut off before its first event")
    func cutBeforeTheFirstEvent() async throws {
        try await ScriptedServer.with(
            .events(Self.connected), .events(Self.connected + "event: complete\ndata: {\"status\":\"failed\"}\n\n")
        ) { server in
            try await server.withClient { client in
                for try await _ in client.store("s").log("k").follow(tail: 0) {}
                #expect(
                    server.requests.map(\.target) == [
                        "/v1/stores/s/logs/k?tail=0", "/v1/stores/s/logs/k?after=8",
                    ])
            }
        }
    }
}
