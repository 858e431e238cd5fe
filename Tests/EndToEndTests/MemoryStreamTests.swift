import Testing

@Suite("The memory's document as a stream", .server)
struct MemoryStreamTests {
    @Test("Each change brings the whole document, and its ID keeps it from coming twice")
    func follow() async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("r1")
        let last = try await memory.server.follow(memory.target) { stream in
            #expect(stream.head.header("content-type") == "text/event-stream")
            #expect(try await stream.nextEvent()?.event == "connected")
            let first = try #require(try await stream.nextEvent())
            let document = try await memory.read().text
            #expect(first.event == "memory" && first.data == document)
            try await memory.rate("r1", "good")
            let second = try #require(try await stream.nextEvent())
            #expect(try second.json["video_history"][0]["rating"] == "good")
            #expect(second.id != first.id)
            return try #require(second.id)
        }
        try await memory.server.follow(memory.target, ["last-event-id": last]) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            try await memory.record("r2")
            // Nothing came in between: the follower had the document.
            #expect(try #require(try await stream.nextEvent()).json["video_history"].items.count == 2)
        }
    }

    @Test("A new project begins with the empty document")
    func new() async throws {
        let memory = MemoryProject(on: try server)
        try await memory.server.follow(memory.target) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            let first = try #require(try await stream.nextEvent())
            #expect(try first.json["video_history"].items.isEmpty && first.id == nil)
            try await memory.record("r1")
            #expect(try #require(try await stream.nextEvent()).json["video_history"].items.count == 1)
        }
    }

    @Test("Nobody follows without a token")
    func refused() async throws {
        let memory = MemoryProject(on: try server)
        try expectError(try await memory.server.get(memory.target, ["accept": "text/event-stream"], as: .nobody), 401)
    }
}

@Suite("The memory's streams end with the server", .ownServers)
struct MemoryStreamShutdownTests {
    @Test("A stream ends cleanly on SIGTERM")
    func shutdown() async throws {
        try await LarderProcess.with { server in
            let memory = MemoryProject(on: server)
            try await server.follow(memory.target) { stream in
                #expect(try await stream.nextEvent()?.event == "connected")
                server.terminate()
                _ = try await stream.rest()
            }
            #expect(try await server.ended() == .exit(0))
        }
    }
}
