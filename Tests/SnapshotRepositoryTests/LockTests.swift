import Foundation
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Synchronization
import Testing

@testable import SnapshotRepository

/// On a storage whose clock is moved by hand; the last test is for real ones.
@Suite("A lock of a repository")
struct LockTests {
    private func lock(
        _ purpose: RepositoryLock.Purpose, _ larder: String, _ bench: Bench,
        pause: @Sendable (Duration) async throws -> Void = { _ in }
    ) async throws -> RepositoryLock {
        try await bench.create().lock(purpose, larder: larder, clock: bench.clock.clock, pause: pause)
    }

    private func held(_ bench: Bench) async throws -> Int { try await bench.storage.list("locks/").count }

    @Test("is held by several writers at once")
    func writers() async throws {
        try await Bench.with(.memory) { bench async throws in
            let one = try await lock(.writing, "one", bench), two = try await lock(.writing, "two", bench)
            #expect(one.takenOver.isEmpty && two.takenOver.isEmpty)
            try await one.check()
            try await two.check()
            await one.release()
            await two.release()
            #expect(try await held(bench) == 0)
        }
    }

    @Test(
        "keeps who prunes alone: the other withdraws, and is told who it is",
        arguments: [
            (RepositoryLock.Purpose.writing, RepositoryLock.Purpose.pruning, "a snapshot"),
            (.pruning, .writing, "a prune"), (.pruning, .pruning, "a prune"),
        ])
    func alone(_ first: RepositoryLock.Purpose, _ second: RepositoryLock.Purpose, _ what: String) async throws {
        try await Bench.with(.memory) { bench async throws in
            let holder = try await lock(first, "one", bench)
            let error = await #expect(throws: LarderError.self) { try await lock(second, "two", bench) }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("\(what) of larder one since 2026-") == true)
            #expect(try await held(bench) == 1)
            try await holder.check()
            await holder.release()
            let next = try await lock(second, "two", bench)
            #expect(next.takenOver.isEmpty)
        }
    }

    /// The number of a process that has ended.
    private func endedProcess() async throws -> Int32 {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/true")
        return try await withCheckedThrowingContinuation { ended in
            child.terminationHandler = { ended.resume(returning: $0.processIdentifier) }
            do { try child.run() } catch { ended.resume(throwing: error) }
        }
    }

    @Test(
        "of a process of this machine that is gone is taken over at once; of one that is there, or elsewhere, it is not"
    )
    func deadProcess() async throws {
        try await Bench.with(.memory) { bench async throws in
            _ = try await bench.create()
            let own = try #require(LockProcess.own), gone = try await endedProcess()
            func leave(_ process: LockProcess) async throws {
                let note = LockNote(
                    larder: "one", purpose: .pruning, startedAt: bench.clock.clock.now(), process: process)
                try await bench.storage.write("locks/left.json", ByteBuffer(bytes: note.json))
            }
            for there in [own, LockProcess(place: "another machine", id: gone)] {
                try await leave(there)
                let error = await #expect(throws: LarderError.self) { try await lock(.writing, "two", bench) }
                #expect(error?.code == .conflict)
            }
            try await leave(LockProcess(place: own.place, id: gone))
            let next = try await lock(.writing, "two", bench)
            #expect(next.takenOver.count == 1 && next.takenOver.first?.contains("larder one") == true)
        }
    }

    @Test("that is given back while another waits is that one's")
    func waits() async throws {
        try await Bench.with(.memory) { bench async throws in
            let holder = try await lock(.pruning, "one", bench)
            let next = try await lock(.writing, "two", bench) { wait async throws in
                #expect(wait > .zero && wait <= RepositoryLock.waitMax)
                // Whoever waits is not in the other's way.
                #expect(try await held(bench) == 1)
                await holder.release()
            }
            #expect(next.takenOver.isEmpty)
            try await next.check()
        }
    }

    @Test("of the dead is taken over after five minutes, and that is said")
    func dead() async throws {
        try await Bench.with(.memory) { bench async throws in
            let holder = try await lock(.pruning, "one", bench)
            bench.clock.advance(by: .seconds(300))
            #expect(await code { try await lock(.writing, "two", bench).takenOver } == .conflict)
            bench.clock.advance(by: .milliseconds(1))
            let next = try await lock(.writing, "two", bench)
            #expect(next.takenOver.count == 1 && next.takenOver[0].hasPrefix("a prune of larder one"))
            // Who was only asleep is told.
            #expect(await code { try await holder.check() } == .conflict)
            #expect(await code { try await holder.renewIfDue() } == .conflict)
            #expect(try await held(bench) == 1)
            try await next.check()
        }
    }

    @Test("is not held any more after five minutes without renewal, even if nobody took it")
    func asleep() async throws {
        try await Bench.with(.memory) { bench async throws in
            let holder = try await lock(.writing, "one", bench)
            bench.clock.advance(by: .seconds(299))
            try await holder.check()
            bench.clock.advance(by: .seconds(1))
            #expect(await code { try await holder.check() } == .conflict)
            #expect(await code { try await holder.renewIfDue() } == .conflict)
        }
    }

    @Test("that is renewed every 30 s lives on")
    func renewed() async throws {
        try await Bench.with(.memory) { bench async throws in
            let holder = try await lock(.pruning, "one", bench)
            for _ in 0..<30 {
                bench.clock.advance(by: .seconds(29))
                try await holder.renewIfDue()
                bench.clock.advance(by: .seconds(1))
                try await holder.renewIfDue()
            }
            let file = try #require(try await bench.storage.list("locks/").first)
            #expect(file.modifiedAt == bench.clock.now)
            #expect(await code { try await lock(.writing, "two", bench).takenOver } == .conflict)
            try await holder.check()
        }
    }

    @Test("of the same larder is taken over at once: it is left from a run before")
    func own() async throws {
        try await Bench.with(.memory) { bench async throws in
            let before = try await lock(.writing, "one", bench)
            let waits = Mutex<[Duration]>([])
            let next = try await lock(.pruning, "one", bench) { wait in
                // The other is told before this one begins.
                waits.withLock { $0.append(wait) }
                #expect(await code { try await before.check() } == .conflict)
            }
            #expect(next.takenOver.count == 1)
            #expect(waits.withLock { $0 } == [RepositoryLock.takeOverWait])
            try await next.check()
            #expect(try await held(bench) == 1)
        }
    }

    @Test("that can't be read forbids everything, and goes when it is dead")
    func odd() async throws {
        try await Bench.with(.memory) { bench async throws in
            _ = try await bench.create()
            for text in ["", "{", #"{"purpose":"dancing","larder":"x"}"#] {
                try await bench.storage.write("locks/x.json", ByteBuffer(string: text))
                #expect(await code { try await lock(.writing, "one", bench).takenOver } == .conflict)
                bench.clock.advance(by: .seconds(301))
                let next = try await lock(.writing, "one", bench)
                #expect(next.takenOver.count == 1)
                await next.release()
            }
        }
    }

    @Test("is not taken where the storage doesn't say when it was written, nor is anything removed")
    func timeless() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            try await repository.add(Content(noise(9)))
            let memory = try #require(bench.storage as? RepositoryInMemory)
            let holder = try await lock(.pruning, "one", bench)
            memory.forgetTimes()
            #expect(await code { try await lock(.writing, "two", bench).takenOver } == .unavailable)
            let prune = await code {
                try await repository.removeContents(keeping: KeptContents(), grace: .zero, under: holder)
            }
            #expect(prune == .unavailable)
            #expect(try await repository.contents().count == 1)
            #expect(try await held(bench) == 1)
        }
    }

    @Test("Of two that want to prune at the same moment one at most does", arguments: 0..<10)
    func race(_ number: Int) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            let holders = await withTaskGroup(of: RepositoryLock?.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        try? await repository.lock(
                            .pruning, larder: "larder \(number)", clock: bench.clock.clock, pause: { _ in })
                    }
                }
                return await group.reduce(into: []) { holders, lock in if let lock { holders.append(lock) } }
            }
            #expect(holders.count <= 1)
            #expect(try await held(bench) == holders.count)
        }
    }

    @Test("stands on real storages, too", arguments: [Place.folder, .bucket])
    func real(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let repository = try await bench.create()
            let holder = try await repository.lock(.pruning, larder: "one", pause: { _ in })
            let other = await code { try await repository.lock(.writing, larder: "two", pause: { _ in }).takenOver }
            #expect(other == .conflict)
            try await holder.renew()
            try await holder.check()
            try await bench.storage.remove(holder.name)
            #expect(await code { try await holder.check() } == .conflict)
        }
    }
}
