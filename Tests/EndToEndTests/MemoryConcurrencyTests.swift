import Testing

@Suite("Nothing of the memory is lost", .ownServers)
struct MemoryConcurrencyTests {
    @Test("30 ratings at once all count, before and after a restart and a rebuild")
    func parallel() async throws {
        try await LarderProcess.with { server in
            let memory = MemoryProject(on: server)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 0..<30 {
                    group.addTask {
                        try await memory.record("r\(i)", more: #","timestamp":"2026-05-10T06:12:\#(i + 10).000Z""#)
                    }
                    // Half of them before their run, as it happens.
                    group.addTask { try await memory.rate("r\(i)", i % 3 == 0 ? "bad" : "good") }
                }
                try await group.waitForAll()
            }
            let document = try await memory.json()
            #expect(document["video_history"].items.count == 30)
            #expect(document["video_history"].items.allSatisfy { !$0["rating"].isNull })
            #expect(
                document["learned_patterns"]["successfulCombinations"] == [
                    ["mood": "uplifting", "musicStyle": "piano", "successRate": .number(20.0 / 30)]
                ])
            let bytes = try await memory.read().text
            try await server.restart()
            #expect(try await memory.read().text == bytes)
            #expect(try await memory.rebuild().text == bytes)
            await server.kill()
            try await server.start()
            #expect(try await memory.read().text == bytes)
        }
    }

    @Test("Writers of whole documents race with ratings, and every rating counts")
    func racingWholeWrites() async throws {
        try await LarderProcess.with { server in
            let memory = MemoryProject(on: server)
            for i in 0..<20 { try await memory.record("r\(i)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 0..<20 { group.addTask { try await memory.rate("r\(i)", "good") } }
                for _ in 0..<10 {
                    group.addTask {
                        let read = try await memory.read()
                        expectStatus(
                            try await memory.server.put(
                                Netlify.edge("memory", "\(memory.project)/memory_index.json"), read.body), 200)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await memory.json()["video_history"].items.filter { $0["rating"] == "good" }.count == 20)
            #expect(try await memory.json()["learned_patterns"]["successfulCombinations"][0]["successRate"] == 1)
        }
    }
}
