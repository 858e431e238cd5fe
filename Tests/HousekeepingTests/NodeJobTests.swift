import BlobStore
import LarderModel
import Testing

@testable import Housekeeping
@testable import Index

@Suite("Jobs of several nodes", .timeLimit(.minutes(15)))
struct NodeJobTests {
    private static let cleanup = JobRequest.cleanup(CleanupRequest())
    /// One that has nothing to do and takes 25 s for that.
    private static let slow = JobRequest.scrub(VerifyRequest(period: .seconds(1_000)))

    @Test("of one lane are one, on whatever node it began")
    func lanes() async throws {
        try await Nodes.pair { a, b in
            let first = try await a.begin(Self.cleanup)
            #expect(first.node == a.nodeNumber && first.lane == "cleanup")
            let refusal = await #expect(throws: LarderError.self) { try await b.begin(Self.cleanup) }
            #expect(refusal?.code == .conflict)
            #expect(refusal?.message.contains("A cleanup is under way already (job \(first.id))") == true)
            #expect(try await b.begin(.collect(CollectRequest(isFull: false))).node == b.nodeNumber)
            let driver = JobDriver(blobs: a, logger: Nodes.logger, waits: false)
            try await driver.run(first) { false }
            #expect(try await b.begin(Self.cleanup).node == b.nodeNumber)
        }
    }

    @Test("that begin at once on both nodes have one winner")
    func race() async throws {
        try await Nodes.pair { a, b in
            for _ in 0..<10 {
                async let one = try? a.begin(Self.cleanup)
                async let other = try? b.begin(Self.cleanup)
                let begun = [await one, await other].compactMap { $0 }
                #expect(begun.count == 1)
                for job in begun {
                    try await (job.node == a.nodeNumber ? a : b).change {
                        try $0.finishJob(job.id, .done, result: nil, error: nil)
                    }
                }
            }
        }
    }

    @Test("are taken over when their node has ended, and not while it is up")
    func takeOver() async throws {
        try await Nodes.onPostgres { engine in
            try await Nodes.with("b", on: engine) { b in
                let job = try await Nodes.with("a", on: engine) { a in
                    let job = try await a.begin(Self.cleanup)
                    await b.runner().open()
                    #expect(try await b.job(job.id)?.node == a.nodeNumber)
                    return job
                }
                let runner = b.runner()
                await runner.open()
                #expect(try await b.job(job.id)?.node == b.nodeNumber)
                try await running(runner) {
                    let ended = try await b.wait(for: job.id) { $0.state != .running }
                    #expect(ended.state == .done)
                }
            }
        }
    }

    @Test("are taken over from a node that was not heard of for 15 s, by one that looks every 5 s")
    func silence() async throws {
        try await Nodes.onPostgres { engine in
            try await Nodes.with("b", on: engine) { b in
                let runner = b.runner()
                await runner.open()
                try await running(runner) {
                    let ghosts = try await [14.0, 16.0].asyncMap { seconds in
                        try await b.change { transaction in
                            let seen = transaction.now - .seconds(seconds) + .seconds(seconds < 15 ? 3_600 : 0)
                            let number = try transaction.db.insert(
                                """
                                INSERT INTO nodes (name, owner, version, address, since, seen_at, is_up)
                                VALUES (?1, 'x', '1', '', ?2, ?2, 1)
                                """
                            ) {
                                $0.set(1, "ghost-\(seconds)")
                                $0.set(2, seen)
                            }
                            return try #require(number)
                        }
                    }
                    let jobs = try await [Self.cleanup, .collect(CollectRequest(isFull: false))].asyncMap {
                        try await b.begin($0)
                    }
                    for (job, ghost) in zip(jobs, ghosts) {
                        try await b.change { transaction in
                            try transaction.db.run("UPDATE jobs SET node = ?2 WHERE id = ?1") {
                                $0.set(1, job.id)
                                $0.set(2, ghost)
                            }
                        }
                    }
                    let ended = try await b.wait(for: jobs[1].id) { $0.state != .running }
                    #expect(ended.state == .done && ended.node == b.nodeNumber)
                    let other = try await b.job(jobs[0].id)
                    #expect(other?.state == .running && other?.node == ghosts[0])
                }
            }
        }
    }

    @Test("that another node has are not worked on, and not ended, by the one that had them")
    func fencing() async throws {
        try await Nodes.pair { a, b in
            let job = try await a.begin(Self.cleanup)
            try await give(job, to: b)
            await #expect(throws: JobLost.self) {
                try await a.change { try $0.saveJob(job.id, checkpoint: [1], JobProgress(done: 7)) }
            }
            await #expect(throws: JobLost.self) { try await a.change { try $0.checkJob(job.id) } }
            await #expect(throws: JobLost.self) {
                try await a.change { try $0.finishJob(job.id, .failed, result: nil, error: nil) }
            }
            try await JobDriver(blobs: a, logger: Nodes.logger, waits: true).run(job) { false }
            let now = try await b.job(job.id)
            #expect(now?.state == .running && now?.progress.done == 0 && now?.checkpoint == [])
            try await b.change { try $0.saveJob(job.id, checkpoint: [], JobProgress(done: 1)) }
        }
    }

    @Test("end here when they are taken away in the middle, and go on there")
    func takenAway() async throws {
        try await Nodes.pair { a, b in
            let here = a.runner(), there = b.runner()
            await here.open()
            await there.open()
            try await running(here) {
                let job = try await here.start(Self.slow, by: "test")
                _ = try await a.wait(for: job.id) { !$0.checkpoint.isEmpty || $0.progress.total > 0 }
                try await give(job, to: b)
                while here.runningCount > 0 { try await Task.sleep(for: .milliseconds(20)) }
                try await running(there) {
                    while there.runningCount == 0 { try await Task.sleep(for: .milliseconds(20)) }
                    #expect(try await b.job(job.id)?.node == b.nodeNumber)
                }
            }
        }
    }

    @Test("are cancelled from the node that does not work on them")
    func cancel() async throws {
        try await Nodes.pair { a, b in
            let here = a.runner(), there = b.runner()
            await here.open()
            await there.open()
            try await running(here) {
                let job = try await here.start(Self.slow, by: "test")
                #expect(try await there.cancel(job.id, by: "other")?.state == .running)
                let ended = try await b.wait(for: job.id) { $0.state != .running }
                #expect(ended.state == .cancelled && ended.node == a.nodeNumber)
            }
        }
    }

    @Test("are gone on with by a node that comes back under its name")
    func comesBack() async throws {
        try await Nodes.onPostgres { engine in
            let job = try await Nodes.with("a", on: engine) { try await $0.begin(Self.cleanup) }
            try await Nodes.with("a", on: engine) { a in
                #expect(a.nodeNumber == job.node)
                let runner = a.runner()
                await runner.open()
                try await running(runner) {
                    let ended = try await a.wait(for: job.id) { $0.state != .running }
                    #expect(ended.state == .done)
                }
            }
        }
    }

    @Test("cancelled before a restart end as cancelled after it")
    func cancelledBefore() async throws {
        try await Shelf.with { shelf in
            let store = shelf.store
            let job = try await store.begin(Self.slow)
            #expect(job.node == 0)
            #expect(try await store.change { try $0.cancelJob(job.id) })
            let runner = store.runner()
            await runner.open()
            try await running(runner) {
                let ended = try await store.wait(for: job.id) { $0.state != .running }
                #expect(ended.state == .cancelled)
            }
            #expect(try await !store.change { try $0.cancelJob(job.id) })
        }
    }

    @Test("that stand alone on an index are gone on with by the next server, beside one that waits for its lane")
    func alone() async throws {
        try await Shelf.with { shelf in
            let store = shelf.store
            let waiting = try await store.begin(.verify(VerifyRequest()))
            let offline = try await JobDriver.begin(.verify(VerifyRequest()), by: "offline", in: store, isAlone: true)
            #expect(offline.lane == nil)
            let runner = store.runner()
            await runner.open()
            try await running(runner) {
                for job in [waiting, offline] {
                    let ended = try await store.wait(for: job.id) { $0.state != .running }
                    #expect(ended.state == .done)
                }
            }
        }
    }

    private func give(_ job: JobRecord, to node: BlobStore) async throws {
        let number = node.nodeNumber
        try await node.change { transaction in
            try transaction.db.run("UPDATE jobs SET node = ?2 WHERE id = ?1") {
                $0.set(1, job.id)
                $0.set(2, number)
            }
        }
    }

    private func running(_ runner: JobRunner, _ body: () async throws -> Void) async throws {
        let task = Task { await runner.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        task.cancel()
        await task.value
        try result.get()
    }
}

extension Array {
    fileprivate func asyncMap<R>(_ body: (Element) async throws -> R) async rethrows -> [R] {
        var all: [R] = []
        for element in self { all.append(try await body(element)) }
        return all
    }
}
