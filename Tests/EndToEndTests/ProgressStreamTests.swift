import Foundation
import NIOHTTP1
import Synchronization
import Testing

/// Contract 4.3: the live stream.
@Suite("The progress stream", .server)
struct ProgressStreamTests {
    private func ids(_ frames: [EventStream.Frame]) -> [String?] { frames.filter { $0.event == "progress" }.map(\.id) }

    @Test("The answer is an event stream that no proxy may keep")
    func headers() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        try await server.follow(run.target) { stream in
            expectStatus(stream.head, 200)
            #expect(stream.head.header("content-type")?.hasPrefix("text/event-stream") == true)
            let caching = stream.head.header("cache-control") ?? ""
            #expect(caching.contains("no-store"))
            #expect(caching.contains("no-transform"))
            #expect(stream.head.header("x-accel-buffering") == "no")
            #expect(stream.head.header("content-encoding") == nil)
        }
    }

    @Test("First a retry and `connected`, then the kept log, then what comes")
    func replayAndLive() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...3)
        try await server.follow(run.target) { stream in
            var retry: String?
            var connected: EventStream.Frame?
            while connected == nil, let frame = try await stream.next() {
                retry = retry ?? frame.retry
                if frame.event != nil { connected = frame }
            }
            #expect(retry == "2000")
            #expect(connected?.event == "connected")
            let state = try #require(try connected?.json)
            #expect(state["projectId"].string == run.project)
            #expect(state["runId"].string == run.run)
            #expect(state["state"] == "running")
            #expect(state["last"] == 3)
            for n in 1...3 {
                let frame = try await stream.nextEvent()
                #expect(frame?.event == "progress")
                #expect(frame?.id == "\(n)")
                #expect(frame?.data == "{\"n\":\(n)}")
            }
            for n in 4...8 {
                try requireStatus(try await run.append("{\"n\":\(n)}"), 200, 201)
                let frame = try await stream.nextEvent()
                #expect(frame?.id == "\(n)")
                #expect(frame?.data == "{\"n\":\(n)}")
            }
        }
    }

    @Test("Events arrive whichever way they came in")
    func everyWay() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        try await server.follow(run.target + "?after=1") { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            try requireStatus(try await server.put(run.array(), ProgressRun.json([1, 2, 3])), 200)
            #expect(try await stream.nextEvent()?.data == #"{"n":2}"#)
            #expect(try await stream.nextEvent()?.data == #"{"n":3}"#)
            let posted = try await server.send(
                .POST, "/.netlify/functions/progress", ["content-type": "application/json"],
                .text("{\"projectId\":\"\(run.project)\",\"runId\":\"\(run.run)\",\"agent\":\"director\",\"n\":4}"))
            expectStatus(posted, 200, 201)
            let frame = try #require(try await stream.nextEvent())
            #expect(frame.id == "4")
            #expect(try frame.json["agent"] == "director")
            try requireStatus(
                try await server.put(
                    Native.entry("progress", run.key), try await server.get(run.array()).text.dropLast() + ",{\"n\":5}]"
                ), 200, 201)
            #expect(try await stream.nextEvent()?.data == #"{"n":5}"#)
        }
    }

    @Test(
        "A run that ends gets `complete`, and the server ends the stream",
        arguments: [(ProgressRun.finished, "completed"), (ProgressRun.failed, "failed")])
    func complete(_ end: String, _ status: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...2)
        let live = try await server.follow(run.target) { stream in
            for _ in 0..<3 { _ = try await stream.nextEvent() }
            try requireStatus(try await run.append(end), 200, 201)
            return try await stream.rest().filter { $0.event != nil }
        }
        let replayed = try await server.follow(run.target) { try await $0.rest().filter { $0.event != nil } }
        #expect(replayed.first?.event == "connected")
        #expect(try replayed.first?.json["state"].string == status)
        for frames in [live, Array(replayed.dropFirst(3))] {
            try #require(frames.map(\.event) == ["progress", "complete"], "\(frames)")
            #expect(frames[0].id == "3")
            #expect(frames[0].data == end)
            #expect(
                try frames[1].json == [
                    "projectId": .string(run.project), "runId": .string(run.run), "status": .string(status),
                ])
        }
    }

    @Test("After the end the last id gets 204, also as ?after=")
    func noContent() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...2)
        try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
        for byQuery in [false, true] {
            let reply =
                if byQuery { try await server.get(run.target + "?after=3", ["accept": "text/event-stream"]) } else {
                    try await server.get(run.target, ["accept": "text/event-stream", "last-event-id": "3"])
                }
            expectStatus(reply, 204)
            #expect(reply.body.isEmpty)
        }
        // Reopened, it can be followed again from there.
        try requireStatus(try await run.append(#"{"agent":"pipeline","status":"running"}"#), 200, 201)
        try await server.follow(run.target, ["last-event-id": "3"]) { stream in
            expectStatus(stream.head, 200)
            let connected = try await stream.nextEvent()
            #expect(connected?.event == "connected")
            #expect(try await stream.nextEvent()?.id == "4")
        }
    }

    @Test("Last-Event-ID and ?after= resume with no loss and no repeat", arguments: [0, 1, 5, 9, 10])
    func resume(_ last: Int) async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...10)
        for byQuery in [false, true] {
            let target = run.target + (byQuery ? "?after=\(last)" : "")
            let seen = try await server.follow(target, byQuery ? [:] : ["last-event-id": "\(last)"]) { stream in
                #expect(try await stream.nextEvent()?.event == "connected")
                var seen: [String?] = []
                while seen.count < 10 - last { seen.append(try await stream.nextEvent()?.id) }
                return seen
            }
            #expect(seen == (last..<10).map { "\($0 + 1)" })
        }
    }

    @Test("A live event comes to a follower that resumed at the end")
    func resumeAtEnd() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...10)
        try await server.follow(run.target, ["last-event-id": "10"]) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            try await run.appendNumbers(11...12)
            #expect(try await stream.nextEvent()?.id == "11")
            #expect(try await stream.nextEvent()?.id == "12")
        }
    }

    @Test("A gap is told only when asked-for events are gone")
    func gap() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...209)
        try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
        let late = try await server.follow(run.target, ["last-event-id": "3"]) {
            try await $0.rest().filter { $0.event != nil }
        }
        try #require(late.prefix(2).map(\.event) == ["connected", "gap"])
        #expect(try late[1].json == ["after": 3, "first": 11])
        #expect(ids(late) == (11...210).map { "\($0)" })
        #expect(late.filter { $0.event == "gap" }.count == 1)
        for headers in [[:], ["last-event-id": "10"], ["last-event-id": "100"]] as [KeyValuePairs<String, String>] {
            let frames = try await server.follow(run.target, headers) { try await $0.rest() }
            #expect(!frames.contains { $0.event == "gap" }, "\(headers)")
            #expect(ids(frames).last == "210")
        }
    }

    @Test("Live followers get every event, also beyond the cap")
    func beyondCap() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        let seen = try await server.follow(run.target) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            for start in stride(from: 2, through: 402, by: 100) { try await run.appendNumbers(start...(start + 99)) }
            try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
            return try await stream.rest()
        }
        #expect(ids(seen) == (1...502).map { "\($0)" })
    }

    @Test(
        "What an event holds can't break the framing",
        arguments: [
            #"{"t":"a\nb\r\nc\rd"}"#, #"{"t":"event: complete\ndata: {}\n\nid: 9"}"#,
            "{\"t\":\"\u{2028}\u{2029}\u{85}\"}", #"{"t":"data:"}"#,
            "{ \"a\" : 1 }", "{}",
            #"{"id: 7":"retry: 1"}"#, #"{"t":""}"#, "{\"t\":\"" + String(repeating: "x", count: 63_900) + "\"}",
            #"{"n":1.50,"e":1E+2}"#,
        ])
    func framing(_ event: String) async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await run.append(event), 200, 201)
        let frames = try await server.follow(run.target) { stream in
            _ = try await stream.nextEvent()
            let replayed = try await stream.nextEvent()
            try requireStatus(try await run.append(event), 200, 201)
            return [replayed, try await stream.nextEvent()]
        }
        for (index, frame) in frames.enumerated() {
            #expect(frame?.event == "progress")
            #expect(frame?.id == "\(index + 1)")
            #expect(sameBytes(frame?.data, event))
            #expect(frame?.retry == nil)
        }
    }

    @Test("An event with line breaks between its tokens comes as one line that is the same JSON")
    func prettyPrinted() async throws {
        let run = ProgressRun(on: try server)
        let pretty = "{\n  \"a\": [\n    1,\r\n    2\n  ],\n  \"b\": \"x\"\n}"
        try requireStatus(try await run.append(pretty), 200, 201)
        try await server.follow(run.target) { stream in
            _ = try await stream.nextEvent()
            let frame = try #require(try await stream.nextEvent())
            #expect(frame.data?.contains("\n") == false, "one line")
            #expect(try frame.json == JSON(pretty))
        }
    }

    @Test("Many followers of one run all get all events, in order")
    func manyFollowers() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...5)
        let all = try await withThrowingTaskGroup(of: [String?].self) { group in
            for _ in 0..<25 {
                group.addTask {
                    self.ids(try await server.follow(run.target, within: .seconds(60)) { try await $0.rest() })
                }
            }
            for n in 6...40 { try requireStatus(try await run.append("{\"n\":\(n)}"), 200, 201) }
            try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.count == 25)
        #expect(all.allSatisfy { $0 == (1...41).map { "\($0)" } })
    }

    @Test("Replay and live join without a hole or a repeat while writers write")
    func joinUnderLoad() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        let total = 150
        let all = try await withThrowingTaskGroup(of: [String?].self) { group in
            for n in 2..<total {
                try requireStatus(try await run.append("{\"n\":\(n)}"), 200, 201)
                // A new follower at every tenth event, in the middle of the writing.
                if n.isMultiple(of: 10) {
                    group.addTask {
                        self.ids(try await server.follow(run.target, within: .seconds(60)) { try await $0.rest() })
                    }
                }
            }
            try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.count == 14)
        #expect(all.allSatisfy { $0 == (1...total).map { "\($0)" } })
    }

    /// The reader here takes 11 MB byte by byte, in a debug build that may share its cores.
    private static let long = Duration.seconds(240)

    @Test("A follower that does not read holds nobody up, and loses nothing when it resumes")
    func slowFollower() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        let padding = String(repeating: "x", count: 60_000)
        let count = 180
        var seen = try await server.follow(run.target, within: Self.long) { slow in
            _ = try await slow.nextEvent()
            // 11 MB that it does not read: more than any socket buffer here.
            for n in 2...count {
                try requireStatus(try await run.append("{\"n\":\(n),\"p\":\"\(padding)\"}"), 200, 201)
            }
            var seen: [Int] = []
            // What was on its way comes first; then it may have been cut off, even inside a frame.
            while let frame = try? await slow.nextEvent() {
                guard let id = frame.id.flatMap({ Int($0) }) else { continue }
                seen.append(id)
                if id == count { break }
            }
            return seen
        }
        while seen.last ?? 0 < count {
            let more = try await server.follow(run.target, ["last-event-id": "\(seen.last ?? 0)"], within: Self.long) {
                stream in
                var more: [Int] = []
                while let frame = try? await stream.nextEvent() {
                    #expect(frame.event != "gap")
                    guard let id = frame.id.flatMap({ Int($0) }) else { continue }
                    more.append(id)
                    if id == count { break }
                }
                return more
            }
            try #require(!more.isEmpty, "resuming after \(seen.last ?? 0) brought nothing")
            seen += more
        }
        #expect(seen == Array(1...count))
    }

    @Test("Followers that leave are forgotten")
    func leaving() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...1)
            let come: @Sendable (Int) async throws -> Void = { _ in
                try await server.follow(run.target) { stream in
                    _ = try await stream.nextEvent()
                    _ = try await stream.nextEvent()
                }
            }
            // Once unmeasured: what the server opens once for so many at a time is no leak.
            _ = try await concurrently(40, width: 20, come)
            let before = try await server.descriptors()
            for _ in 0..<2 { _ = try await concurrently(40, width: 20, come) }
            // The next events find nobody, and fail on nobody.
            for n in 2...4 { try requireStatus(try await run.append("{\"n\":\(n)}"), 200, 201) }
            #expect(
                try await eventually { try await server.descriptors() <= before + 2 },
                "descriptors of followers that left stay open")
        }
    }

    @Test("A storm of reconnects to a finished run costs no memory and no descriptors")
    func storm() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...100)
            try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
            let storm: @Sendable (Int) async throws -> Int = { round in
                if round.isMultiple(of: 3) {
                    return try await server.get(run.target, ["accept": "text/event-stream", "last-event-id": "101"])
                        .status
                }
                let frames = try await server.follow(run.target) { try await $0.rest() }
                return frames.last?.event == "complete" ? 200 : 0
            }
            // Once unmeasured: what the server opens and allocates once is no growth.
            _ = try await concurrently(60, width: 10, storm)
            let descriptors = try await server.descriptors()
            let memory = try server.memory("VmRSS")
            let statuses = try await concurrently(300, width: 10, storm)
            #expect(statuses.enumerated().allSatisfy { $0.element == ($0.offset.isMultiple(of: 3) ? 204 : 200) })
            #expect(try await eventually { try await server.descriptors() <= descriptors + 2 }, "descriptors stay open")
            #expect(try server.memory("VmRSS") - memory < 40_000_000)
        }
    }

    @Test("Many runs come on one stream, each frame with its run, and it can be resumed")
    func manyRuns() async throws {
        let server = try server
        let one = ProgressRun(on: server)
        let two = ProgressRun(on: server, project: one.project)
        let other = ProgressRun(on: server)
        for run in [one, two, other] { try await run.appendNumbers(1...1) }
        let target = "/v1/progress?runs=\(one.project)/\(one.run),\(two.project)/\(two.run)"

        /// The next wrapped event after the replay of what is there.
        @Sendable func next(_ stream: EventStream) async throws -> (frame: EventStream.Frame, wrapped: JSON)? {
            while let frame = try await stream.nextEvent() {
                if frame.event == "progress" { return (frame, try frame.json) }
            }
            return nil
        }
        let last = try await server.follow(target) { stream in
            expectStatus(stream.head, 200)
            var seen: Set<String> = []
            var last: String?
            for _ in 0..<2 {
                let event = try #require(try await next(stream))
                #expect(event.wrapped["projectId"].string == one.project)
                #expect(event.wrapped["seq"] == 1)
                #expect(event.wrapped["event"] == ["n": 1])
                seen.insert(event.wrapped["runId"].string ?? "")
                last = event.frame.id
            }
            #expect(seen == [one.run, two.run])
            try await other.appendNumbers(2...2)
            try await two.appendNumbers(2...2)
            let live = try #require(try await next(stream))
            #expect(live.wrapped["runId"].string == two.run)
            #expect(live.wrapped["seq"] == 2)
            last = live.frame.id ?? last
            return try #require(last)
        }
        #expect(
            last.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") },
            "an id that makes no preflight: \(last)")
        try await one.appendNumbers(2...2)
        try await server.follow(target, ["last-event-id": last]) { stream in
            let event = try #require(try await next(stream))
            #expect(event.wrapped["runId"].string == one.run)
            #expect(event.wrapped["seq"] == 2)
            try await two.appendNumbers(3...3)
            let live = try #require(try await next(stream))
            #expect(live.wrapped["runId"].string == two.run)
            #expect(live.wrapped["seq"] == 3)
        }
    }

    @Test("Without names the stream brings all runs of the site, and of no other")
    func allRuns() async throws {
        let server = try server
        let site = Fresh.name("site-")
        let run = ProgressRun(on: server)
        try requireStatus(try await server.send(.POST, run.target + "?site=\(site)", [:], .text(#"{"n":1}"#)), 200, 201)
        let elsewhere = ProgressRun(on: server)
        try await elsewhere.appendNumbers(1...1)
        try await server.follow("/v1/progress?site=\(site)") { stream in
            func next() async throws -> JSON {
                while let frame = try await stream.nextEvent() {
                    if frame.event == "progress" { return try frame.json }
                }
                return .null
            }
            try await elsewhere.appendNumbers(2...2)
            // Whether the stream replays or only follows, nothing of another site comes.
            try requireStatus(
                try await server.send(.POST, run.target + "?site=\(site)", [:], .text(#"{"n":2}"#)), 200, 201)
            var event = try await next()
            if event["seq"] == 1 { event = try await next() }
            #expect(event["runId"].string == run.run)
            #expect(event["seq"] == 2)
        }
    }
}

/// The stream and the process that serves it.
@Suite("Progress and the life of the server", .ownServers)
struct ProgressLifeTests {
    @Test("A restart keeps events and numbers, also of an emptied run, and idempotency keys")
    func restart() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            let emptied = ProgressRun(on: server)
            try await run.appendNumbers(1...205)
            let keyed = try await run.append(#"{"n":206}"#, ["idempotency-key": "once"])
            try await emptied.appendNumbers(1...3)
            expectStatus(try await server.delete(emptied.array()), 204)
            let before = try await run.read()
            let array = try await server.get(run.array())

            try await server.restart()
            #expect(try await run.read() == before)
            let after = try await server.get(run.array())
            #expect(after.body == array.body)
            #expect(after.etag == array.etag)
            #expect(try await run.append(#"{"n":206}"#, ["idempotency-key": "once"]).json == keyed.json)
            #expect(try await run.append(#"{"n":207}"#).json["first"] == 207)
            expectStatus(try await server.get(emptied.array()), 404)
            #expect(try await emptied.append(#"{"n":4}"#).json["first"] == 4)
        }
    }

    @Test("kill -9 right after the answers loses no event")
    func killed() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            for round in 0..<3 {
                let replies = try await concurrently(20, width: 20) {
                    try await run.append("{\"n\":\(round * 20 + $0)}")
                }
                #expect(replies.allSatisfy { (200...201).contains($0.status) })
                await server.kill()
                try await server.start()
                #expect(try await run.numbers().sorted() == Array(0..<((round + 1) * 20)))
                #expect(
                    try await run.read()["events"].items.compactMap { $0["seq"].int } == Array(1...((round + 1) * 20)))
            }
        }
    }

    @Test("SIGTERM ends streams cleanly with a retry, and the follower resumes after the start")
    func terminated() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...3)
            let waiting = Mutex(5)
            let endings = try await concurrently(5, width: 5) { _ in
                try await server.follow(run.target) { stream in
                    for _ in 0..<4 { _ = try await stream.nextEvent() }
                    // Only once all five follow.
                    let isLast = waiting.withLock {
                        $0 -= 1
                        return $0 == 0
                    }
                    if isLast { server.terminate() }
                    // A stream that is cut instead of ended throws here.
                    return try await stream.rest()
                }
            }
            for rest in endings {
                #expect(!rest.contains { $0.event == "complete" || $0.event == "error" }, "\(rest)")
                #expect(rest.contains { $0.retry.flatMap { Int($0) } != nil }, "no retry: \(rest)")
            }
            let ending = try await server.ended(within: .seconds(20))
            #expect(ending == .exit(0))
            try await server.start()
            try await server.follow(run.target, ["last-event-id": "3"]) { stream in
                _ = try await stream.nextEvent()
                try await run.appendNumbers(4...4)
                #expect(try await stream.nextEvent()?.id == "4")
            }
        }
    }

    @Test("A run without an event for the time its policy says is stalled, until the next one")
    func stalled() async throws {
        try await TemporaryFolder.with { folder in
            let yaml = """
                name: progress
                matches: [progress, "*-progress"]
                rules:
                  - keys: "projects/*/runs/*/progress.json"
                    log: true
                    maxEvents: 3
                    maxSize: 1KB
                    stalledAfter: 1s
                """
            try FileManager.default.createDirectory(
                atPath: folder.appending("stores"), withIntermediateDirectories: false)
            try Disk.write(Array(yaml.utf8), to: folder.appending("stores/progress.yaml"))
            try await LarderProcess.with(["--stores", folder.appending("stores")]) { server in
                let run = ProgressRun(on: server)
                let done = ProgressRun(on: server)
                try await run.appendNumbers(1...5)
                try requireStatus(try await done.append(ProgressRun.finished), 200, 201)
                #expect(try await run.numbers() == [3, 4, 5])
                try expectError(try await run.append("{\"k\":\"" + String(repeating: "v", count: 1_000) + "\"}"), 413)
                #expect(try await eventually { try await run.read()["state"] == "stalled" })
                #expect(
                    try await server.get("/v1/progress?state=stalled").json["runs"].items.map { $0["run"].string } == [
                        run.run
                    ])
                #expect(try await done.read()["state"] == "completed")
                try await run.appendNumbers(6...6)
                // It may be stalled again by the time of a read on a busy machine; the number is certain.
                #expect(try await run.read()["last"] == 6)
            }
        }
    }
}
