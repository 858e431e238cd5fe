import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Clients that take their time to take the server's.
@Suite("Attacks: slow clients", .ownServers)
struct SlowClientTests {
    private static let options = [
        "--head-timeout", "4s", "--rate-window", "4s", "--min-rate", "1KB", "--log-level", "error",
    ]
    private static let film = LargeBody(size: 16_000_000)

    /// Sends a byte now and then until the server ends the connection, and gives its answer.
    private static func dribble(_ port: Int, _ start: String, _ byte: String) async throws -> String {
        try await RawSocket.with(port, within: .seconds(60)) { socket in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [writer = socket.writer] in
                    try await writer.write(ByteBuffer(string: start))
                    while !Task.isCancelled {
                        try await Task.sleep(for: .milliseconds(400))
                        guard (try? await writer.write(ByteBuffer(string: byte))) != nil else { return }
                    }
                }
                let answer = try await socket.readToEnd()
                group.cancelAll()
                return answer
            }
        }
    }

    @Test("200 of them beside a good one: it gets right answers all the time, and they are ended")
    func beside() async throws {
        try await LarderProcess.with(Self.options) { server in
            let port = try server.port
            let film = Netlify.edge("videos", "film.mp4")
            try requireStatus(try await server.send(.PUT, film, [:], Self.film.body), 200)
            let before = try server.memory("VmHWM")
            let head = try server.rawHead("GET", "/healthz").dropLast(2)
            let upload = try server.rawHead("PUT", Netlify.edge("media", "slow"), "Content-Length: 100000")
            let small = try server.rawHead("PUT", Netlify.edge("runs", "slow"), "Content-Length: 9000")
            let download = try server.rawHead("GET", film)
            let isOver = OneShot<Bool>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let endings = try await concurrently(200, width: 200) { index in
                        switch index % 4 {
                        case 0: return try await Self.dribble(port, String(head) + "X-Slow: ", "x")
                        case 1: return try await Self.dribble(port, upload, "x")
                        case 2: return try await Self.dribble(port, small, "x")
                        default:
                            return try await RawSocket.with(port, within: .seconds(60), receiveBuffer: 8_192) {
                                socket in
                                try await socket.send(download)
                                // Reads nothing until the server has had enough.
                                _ = try await eventually(within: .seconds(40)) {
                                    try await Task.sleep(for: .milliseconds(200))
                                    return isOver.current != nil
                                }
                                return ""
                            }
                        }
                    }
                    var told = 0
                    for (index, ending) in endings.enumerated() where index % 4 != 3 {
                        // One that still sends when it is closed may lose the answer to the reset.
                        #expect(
                            ending.isEmpty || ending.hasPrefix("HTTP/1.1 408 ") && ending.contains("request_timeout"),
                            "\(index): \(ending)")
                        told += ending.isEmpty ? 0 : 1
                    }
                    #expect(told >= 75, "\(told) of 150 were told why")
                }
                group.addTask {
                    let store = Fresh.store("runs")
                    var rounds = 0
                    // Until all slow ones are gone; the good one must have had its answers meanwhile.
                    var areGone = false
                    while !areGone {
                        let (readers, bodies, heads) = (
                            try await server.refusals("read_rate"), try await server.refusals("body_rate"),
                            try await server.refusals("head_time")
                        )
                        areGone = readers >= 50 && bodies >= 100 && heads >= 50
                        rounds += 1
                        let content = Bytes.noise(rounds % 3 == 0 ? 200_000 : 2_000, seed: UInt64(rounds))
                        try requireStatus(try await server.put(Netlify.edge(store, "k\(rounds)"), content), 200)
                        #expect(
                            try await server.get(Netlify.edge(store, "k\(rounds)")).fingerprint == Fingerprint(content))
                        try #require(rounds < 10_000, "the slow clients are never ended")
                    }
                    isOver.fulfill(true)
                    // How many it gets done is the machine's affair; one at least was while they were there.
                    #expect(rounds >= 2)
                }
                try await group.waitForAll()
            }
            let grown = try server.memory("VmHWM") - before
            #expect(grown < 150_000_000, "memory grew by \(grown) bytes")
            for target in [Netlify.edge("media", "slow"), Netlify.edge("runs", "slow")] {
                expectStatus(try await server.get(target), 404)
            }
            #expect(try await eventually { try server.incoming().isEmpty })
        }
    }

    @Test("A connection that says nothing is closed, and one between requests too")
    func silent() async throws {
        try await LarderProcess.with(["--head-timeout", "5s", "--idle-timeout", "5s"]) { server in
            let port = try server.port
            async let silent = RawSocket.with(port) { try await $0.readToEnd() }
            let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            async let idle = RawSocket.with(port) { socket in
                try await socket.send(request)
                return try await socket.readToEnd()
            }
            // No answer to nothing: a client that holds connections ready would take it for the one to its next
            // request.
            #expect(try await silent.isEmpty)
            #expect(try await idle.components(separatedBy: "HTTP/1.1 ").count == 2)
            #expect(try await server.refusals("idle_time") >= 2)
        }
    }

    @Test("Who asks for more and more and reads nothing is bounded; who reads in the end gets it all, in order")
    func pipelining() async throws {
        try await LarderProcess.with(["--rate-window", "4s", "--min-rate", "1KB"]) { server in
            let port = try server.port
            let store = Fresh.store("things")
            for index in 0..<3 {
                try requireStatus(
                    try await server.put(Netlify.edge(store, "k\(index)"), Bytes.noise(30_000, seed: UInt64(index))),
                    200)
            }
            for index in 0..<3 { try requireStatus(try await server.get(Netlify.edge(store, "k\(index)")), 200) }
            let before = try server.memory("VmHWM")
            let requests = try (0..<3).map { try server.rawHead("GET", Netlify.edge(store, "k\($0)")) }
            let many = Array(repeatElement(requests.joined(), count: 67).joined().utf8)
            // 201 answers of 30 kB: more than a socket holds.
            let order = try await RawSocket.with(port, receiveBuffer: 8_192) { socket in
                try await socket.send(many)
                var order: [Int] = []
                let expected = (0..<3).map { Bytes.noise(30_000, seed: UInt64($0)) }
                for _ in 0..<201 {
                    let head = try await socket.readHead()
                    guard head.hasPrefix("HTTP/1.1 200") else { break }
                    let body = try await socket.read(count: 30_000)
                    order.append(expected.firstIndex(of: body) ?? -1)
                }
                return order
            }
            #expect(order == (0..<201).map { $0 % 3 })
            // 20 that send on and on and never read: 60,000 answers of 30 kB are asked for.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await RawSocket.with(port, within: .seconds(60), receiveBuffer: 8_192) { socket in
                            for _ in 0..<15 { guard (try? await socket.send(many)) != nil else { break } }
                            _ = try await eventually(within: .seconds(30)) {
                                try await Task.sleep(for: .milliseconds(200))
                                return try await server.refusals("read_rate") >= 20
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await server.refusals("read_rate") >= 20)
            let grown = try server.memory("VmHWM") - before
            #expect(grown < 120_000_000, "memory grew by \(grown) bytes")
        }
    }

    @Test("A follower that never reads is cut off, live or in its replay; the others get every event")
    func followers() async throws {
        try await LarderProcess.with(["--idle-timeout", "10s"]) { server in
            let port = try server.port
            let live = ProgressRun(on: server), kept = ProgressRun(on: server)
            let event = #"{"message":"\#(String(repeating: "x", count: 60_000))"}"#
            for _ in 0..<110 { try requireStatus(try await kept.append(event), 200) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for run in [live, kept] {
                    let head = try server.rawHead("GET", run.target, "Accept: text/event-stream")
                    group.addTask {
                        try await RawSocket.with(port, within: .seconds(60), receiveBuffer: 8_192) { socket in
                            try await socket.send(head)
                            let limit = run.run == live.run ? "follower_buffer" : "read_rate"
                            #expect(
                                try await eventually(within: .seconds(40)) { try await server.refusals(limit) >= 1 },
                                "\(limit)")
                        }
                    }
                }
                group.addTask {
                    try await server.follow(live.target, within: .seconds(60)) { stream in
                        let first = try await stream.nextEvent()
                        #expect(first?.event == "connected")
                        for number in 1...110 {
                            let frame = try await stream.nextEvent()
                            #expect(frame?.id == "\(number)")
                        }
                    }
                }
                #expect(try await eventually { try await server.get("/metrics").text.contains("larder_followers 3\n") })
                for _ in 0..<110 { try requireStatus(try await live.append(event), 200) }
                try await group.waitForAll()
            }
            #expect(try await eventually { try await server.get("/metrics").text.contains("larder_followers 0\n") })
        }
    }
}
