import NIOHTTP1
import Testing

@Suite("Followers on other nodes", .ownServers, .sqliteOnly("they name their engines"))
struct FollowingNodesTests {
    /// The numbers of events until one has come, in the order of their frames.
    private static func numbers(_ stream: EventStream, until last: Int) async throws -> [(id: String, n: Int)] {
        var seen: [(id: String, n: Int)] = []
        while seen.last?.n != last, let frame = try await stream.nextEvent() {
            let json = try frame.json
            guard let n = json["n"].int ?? json["event"]["n"].int, let id = frame.id else { continue }
            seen.append((id, n))
        }
        return seen
    }

    @Test("A log is heard on any node, and goes on by its ID on another")
    func log() async throws {
        try await Nodes.with(3) { nodes in
            let run = ProgressRun(on: nodes[0])
            try await run.appendNumbers(1...3)
            let seen = try await nodes[1].follow(run.target) { stream in
                try await run.appendNumbers(4...5)
                let seen = try await Self.numbers(stream, until: 5)
                try await run.appendNumbers(6...6)
                return seen + (try await Self.numbers(stream, until: 6))
            }
            #expect(seen.map(\.n) == Array(1...6))
            try await run.appendNumbers(7...8)
            let rest = try await nodes[2].follow(run.target, ["last-event-id": seen[4].id]) { stream in
                try await run.append(ProgressRun.finished)
                return try await stream.rest().filter { $0.data != nil }
            }
            #expect(rest.first?.event == "connected" && rest.last?.event == "complete")
            #expect(try rest.compactMap { try $0.json["n"].int } == [6, 7, 8])
        }
    }

    @Test("What is appended through several nodes at once comes once, in order and without a hole, on each")
    func together() async throws {
        try await Nodes.with(3) { nodes in
            let runs = nodes.map { ProgressRun(on: $0, project: "shared", run: "one") }
            try await runs[0].append(#"{"n":0}"#)
            let appended = 150
            let seen = try await withThrowingTaskGroup(of: (many: Bool, ids: [Int]).self) { group in
                for node in nodes {
                    for isMany in [false, true] {
                        group.addTask {
                            let target = isMany ? "/v1/progress?runs=shared/one" : runs[0].target
                            return try await node.follow(target, within: .seconds(60)) { stream in
                                var ids: [Int] = []
                                while ids.count < appended + 1, let frame = try await stream.nextEvent() {
                                    if frame.event == "progress", let id = frame.id.flatMap({ Int($0) }) {
                                        ids.append(isMany ? try frame.json["seq"].int ?? 0 : id)
                                    }
                                }
                                return (isMany, ids)
                            }
                        }
                    }
                }
                for (place, run) in runs.enumerated() {
                    group.addTask {
                        for number in 0..<(appended / 3) { try await run.append(#"{"n":\#(number * 3 + place)}"#) }
                        return (false, [])
                    }
                }
                return try await group.reduce(into: [[Int]]()) { if !$1.ids.isEmpty { $0.append($1.ids) } }
            }
            #expect(seen.count == 6)
            for ids in seen { #expect(ids == Array(1...(appended + 1))) }
        }
    }

    @Test("A memory's document and a job are heard on any node")
    func others() async throws {
        try await Nodes.with { nodes in
            let memory = MemoryProject(on: nodes[0])
            try await nodes[1].follow(memory.target) { stream in
                #expect(try await stream.nextEvent()?.event == "connected")
                _ = try await stream.nextEvent()
                try await memory.record("r1")
                let frame = try #require(try await stream.nextEvent())
                #expect(try frame.json["video_history"].items.count == 1)
            }
            let job = try #require(try await nodes[0].begin("collect")["id"].string)
            let states = try await nodes[1].follow("/v1/admin/jobs/\(job)") { stream in
                try await stream.rest().compactMap { try? $0.json["state"].string }
            }
            #expect(states.last == "done")
        }
    }
}
