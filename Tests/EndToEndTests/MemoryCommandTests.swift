import Foundation
import Testing

/// Contract §5, `larder memory`.
@Suite("larder memory", .server)
struct MemoryCommandTests {
    private func larder(_ arguments: String...) async throws -> Larder.Outcome {
        let server = try server
        return try await Larder.run(
            ["memory"] + arguments, environment: ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token],
            home: server.folder.path)
    }

    @Test("record, rate, show, suggest and rebuild do what they say")
    func loop() async throws {
        let memory = MemoryProject(on: try server)
        for (i, rating) in ["good", "good", "bad"].enumerated() {
            let run = memory.run("r\(i)")
            let recorded = try await larder(
                "record", memory.project, run, "--theme", "walk", "--mood", "calm", "--style", "piano", "--duration",
                "42")
            #expect(recorded.ending == .exit(0), "\(recorded)")
            let rated = try await larder("rate", memory.project, run, rating, "--comment", "So it was")
            #expect(rated.ending == .exit(0) && rated.output.contains(rating), "\(rated)")
        }
        let shown = try await larder("show", memory.project)
        #expect(shown.ending == .exit(0))
        for part in ["calm", "piano", "67 %", "2 of 3", "█", memory.run("r2")] {
            #expect(shown.output.contains(part), "\(part) in \(shown.output)")
        }
        let json = try await larder("show", memory.project, "--json")
        let document = try await memory.read().text
        #expect(json.output.trimmingCharacters(in: .newlines) == document)
        let suggested = try await larder("suggest", memory.project, "--seed", "7")
        #expect(
            suggested.ending == .exit(0) && suggested.output.contains("calm with piano")
                && suggested.output.contains("2 of 3"), "\(suggested.output)"
        )
        let suggestions = try JSON(try await larder("suggest", memory.project, "--seed", "7", "--json").output)
        #expect(suggestions["suggestions"][0]["trials"] == 3)
        #expect(try await larder("rebuild", memory.project).ending == .exit(0))
        let waiting = try await larder("rate", memory.project, memory.run("other"), "good")
        #expect(waiting.output.contains("waits"))
    }

    @Test("What can't be ends with its exit code")
    func refused() async throws {
        let memory = MemoryProject(on: try server)
        #expect(try await larder("rate", memory.project, "r", "so-so").ending == .exit(2))
        #expect(
            try await larder(
                "rate", memory.project, memory.run("r"), "good", "--comment", String(repeating: "x", count: 1_000)
            ).ending == .exit(6))
        #expect(try await larder("suggest", memory.project, "--count", "0").ending == .exit(2))
        #expect(try await larder("suggest", memory.project).output.contains("Nothing to suggest"))
    }
}
