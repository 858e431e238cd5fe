import Foundation
import Testing

/// What ends a run, and what the commands say of it.
@Suite("The end of a run", .server)
struct RunEndTests {
    @Test(
        "append says whether the run goes on",
        arguments: [
            (["--agent", "cutter", "--status", "failed"], "the run goes on"),
            (["--status", "running", "-m", "at work"], "the run goes on"),
            (["--status", "completed"], "the run is completed"), (["--status", "failed"], "the run has failed"),
            (["--status", "cancelled"], "the run has failed"),
            (["--agent", "cutter", "--progress", "100"], "the run is completed"),
        ])
    func append(_ options: [String], _ says: String) async throws {
        let server = try server
        let run = ProgressRun(on: server)
        let arguments = ["append", run.project, run.run] + options
        let said = try await Larder.run(
            arguments, environment: try server.clientEnvironment, home: server.folder.path)
        #expect(said.ending == .exit(0), "\(said)")
        #expect(said.output.trimmingCharacters(in: .newlines) == "event 1; \(says)")
        let asJSON = try await Larder.run(
            arguments + ["--json"], environment: try server.clientEnvironment, home: server.folder.path)
        let state = says.hasSuffix("goes on") ? "running" : says.hasSuffix("failed") ? "failed" : "completed"
        #expect(try JSON(asJSON.output)["state"].string == state)
        #expect(try await run.read()["state"].string == state)
    }

    @Test("A repeated idempotency key answers with the run's state of now")
    func repeated() async throws {
        let run = ProgressRun(on: try server)
        let key: KeyValuePairs = ["idempotency-key": "k", "content-type": "application/json"]
        #expect(try await run.append("{}", key).header("larder-run-state") == "running")
        try await run.append(#"{"status":"failed"}"#)
        let again = try await run.append("{}", key)
        #expect(try again.json == ["first": 1, "last": 1, "count": 1])
        #expect(again.header("larder-run-state") == "failed")
    }

    @Test("finish ends a run, and watch ends with it", arguments: [("completed", Int32(0)), ("failed", 1)])
    func finish(_ state: String, _ code: Int32) async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...2)
        let said = try await server.command("finish", run.project, run.run, "--\(state)", "-m", "that was it")
        #expect(said.output.hasPrefix("event 3; the run "), "\(said)")
        let log = try await run.read()
        #expect(log["state"].string == state)
        #expect(log["events"][2]["event"]["message"] == "that was it")
        #expect(log["events"][2]["event"]["agent"].isNull)
        let watched = try await server.command("watch", run.project, run.run)
        #expect(watched.ending == .exit(code), "\(watched)")
        #expect(watched.outputLines.last == state)
    }

    @Test("finish takes one of its two words, and a run that there is")
    func finishRefused() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        for flags in [[], ["--completed", "--failed"]] {
            let refused = try await Larder.run(["finish", run.project, run.run] + flags, home: server.folder.path)
            #expect(refused.ending == .exit(2), "\(refused)")
        }
        let missing = try await server.command("finish", run.project, run.run, "--failed")
        #expect(missing.ending == .exit(3), "\(missing)")
        expectStatus(try await server.get(run.target), 404)
    }

    @Test("watch says that there is no such run, or waits for it where it is told to")
    func watchMissing() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        let missing = try await server.command("watch", run.project, run.run)
        #expect(missing.ending == .exit(3), "\(missing)")
        #expect(missing.errors.contains("--wait"), "\(missing)")
        let document = try await server.command("watch", run.project, run.run, "--json")
        #expect(try JSON(document.errors)["error"]["code"] == "not_found")

        let watch = try await Larder.start(
            ["watch", run.project, run.run, "--wait", "--json"], environment: try server.clientEnvironment,
            home: server.folder.path)
        _ = try await within(.seconds(30), "the watch's connection") {
            await watch.output.line { $0.contains("connected") }
        }
        try await run.append(#"{"status":"completed"}"#)
        #expect(try await within(.seconds(30), "the end of the watch") { await watch.ending.wait() } == .exit(0))
    }

    @Test("watch gives up after its time")
    func watchTimeout() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        let given = try await server.command("watch", run.project, run.run, "--timeout", "1s")
        #expect(given.ending == .exit(1), "\(given)")
        #expect(given.errors.contains("within 1s"), "\(given)")
    }
}

@Suite("The end of a run, as a policy says it", .ownServers)
struct RunEndPolicyTests {
    @Test("Named agents end runs, others don't, and progress does as it is told")
    func policy() async throws {
        try await TemporaryFolder.with { folder in
            let yaml = """
                name: progress
                rules:
                  - keys: "projects/*/runs/*/progress.json"
                    log: true
                    endedBy: [cutter]
                    completeAt: agent
                """
            try FileManager.default.createDirectory(
                atPath: folder.appending("stores"), withIntermediateDirectories: false)
            try Disk.write(Array(yaml.utf8), to: folder.appending("stores/progress.yaml"))
            try await LarderProcess.with(["--stores", folder.appending("stores")]) { server in
                let run = ProgressRun(on: server)
                for (event, state) in [
                    (#"{"agent":"pipeline","status":"failed"}"#, "running"),
                    (#"{"agent":"x","progress":100}"#, "running"),
                    (#"{"agent":"cutter","status":"done"}"#, "completed"),
                    (#"{"agent":"cutter","status":"cancelled"}"#, "failed"),
                    (#"{"agent":"cutter","status":"cutting"}"#, "running"), (#"{"status":"completed"}"#, "completed"),
                ] {
                    #expect(try await run.append(event).header("larder-run-state") == state, "\(event)")
                }
                let rule = try await server.get("/v1/stores/progress").json["policy"]["rules"][0]
                #expect(rule["endedBy"].items.map(\.string) == ["cutter"])
                #expect(rule["completeAt"] == "agent")
            }
        }
    }
}
