import BlobStore
import Disk
import Foundation
import Gzip
import Index
import LarderModel
import LarderTestSupport
import SnapshotRepository
import Testing

@testable import Snapshots

@Suite("A snapshot")
struct SnapshotTests {
    @Test("comes back row by row, with all content, and a store opens on it")
    func roundTrip() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            #expect(made.counts.entries == 46 && made.counts.stores == 3 && made.damaged.isEmpty)
            let restored = try await bench.restore(made.snapshot, from: repository, into: "restored")
            #expect(restored.rows["entries"] == 46 && restored.damaged.isEmpty)
            try await bench.opened("restored") { (blobs: BlobStore) async throws in
                for number in 0..<40 {
                    #expect(try await blobs.read("small", "k\(number)") == Array("{\"number\":\(number)}".utf8))
                }
                #expect(try await blobs.read("small", [0xFF, 0x2F, 0x00]) == Array("a key that is no text".utf8))
                #expect(try await blobs.read("large", "noise") == noise(200_000, seed: 1))
                #expect(try await blobs.read("large", "text again") == text(300_000))
                #expect(try await blobs.read("empty", "nothing") == [])
                let name = EntryName(site: .default, store: try StoreName("large"), key: try EntryKey("text"))
                let (ours, theirs) = (try await bench.blobs.entry(name), try await blobs.entry(name))
                #expect(ours == theirs)
                // What it counts is what it has, and it goes on as it was.
                let differences = try await blobs.look { try $0.compareReferences(after: 0, limit: 1_000) }
                #expect(differences.differences.isEmpty && differences.dangling == 0)
                let (one, other) = (try await blobs.larderID(orMake: ""), try await bench.blobs.larderID(orMake: ""))
                #expect(one == other)
            }
        }
    }

    @Test("is of one moment: what is written, overwritten and removed while it is made is not in it")
    func oneMoment() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            var maker = try await SnapshotMaker(
                SnapshotOrder(stores: nil, site: nil, hasSecrets: false, version: "test"), of: bench.blobs,
                in: repository)
            try await bench.put("small", "k0", Array("new".utf8))
            try await bench.put("small", "later", Array("later".utf8))
            try await bench.delete("small", "k1")
            try await bench.delete("large", "noise")
            while try await maker.carry() {}
            try await maker.finish()
            try await bench.restore(maker.outcome.snapshot, from: repository, into: "restored")
            try await bench.opened("restored") { (blobs: BlobStore) async throws in
                #expect(try await blobs.read("small", "k0") == Array("{\"number\":0}".utf8))
                #expect(try await blobs.read("small", "k1") == Array("{\"number\":1}".utf8))
                #expect(try await blobs.read("small", "later") == nil)
                #expect(try await blobs.read("large", "noise") == noise(200_000, seed: 1))
            }
        }
    }

    @Test("carries only what its repository lacks, and puts small contents together")
    func incremental() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let first = try await bench.back(up: nil, to: repository)
            #expect(first.newObjects == 45)
            #expect(bench.files("repository/packs").count == 1)
            #expect(bench.files("repository/objects").count == 2)
            bench.clock.advance(by: .seconds(1))
            let second = try await bench.back(up: nil, to: repository)
            #expect(second.newObjects == 0 && second.newBytes < first.newBytes)
            #expect(bench.files("repository/packs").count == 1)
            try await bench.put("small", "k0", Array("changed".utf8))
            bench.clock.advance(by: .seconds(1))
            let third = try await bench.back(up: nil, to: repository)
            #expect(third.newObjects == 1)
            let listed = try await SnapshotCatalog(repository).list(of: nil)
            #expect(listed.map(\.name.text) == [first, second, third].map(\.snapshot))
            #expect(listed.map(\.header?.parent) == [nil, first.snapshot, second.snapshot])
            for (number, made) in [first, second, third].enumerated() {
                try await bench.restore(made.snapshot, from: repository, into: "restored\(number)")
            }
        }
    }

    @Test("of some stores holds those and nothing of others")
    func someStores() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: ["sm*", "empty"], to: repository)
            #expect(made.counts.stores == 2 && made.counts.entries == 43)
            let all = try await bench.blobs.larderID(orMake: "")
            #expect(SnapshotName(made.snapshot)?.larder == all)
            try await bench.restore(made.snapshot, from: repository, into: "restored")
            try await bench.opened("restored") { (blobs: BlobStore) async throws in
                #expect(try await blobs.read("small", "compressed") == text(20_000))
                #expect(try await blobs.read("large", "noise") == nil)
                #expect(try await blobs.stores(of: .default, limit: 10).map(\.name.text) == ["empty", "small"])
            }
            let nobody = await #expect(throws: LarderError.self) {
                try await bench.back(up: ["nothing-like-that"], to: repository)
            }
            #expect(nobody?.code == .notFound)
            // The lock of the one that failed is gone.
            #expect(bench.files("repository/locks").isEmpty)
        }
    }

    @Test("has no token and no secret, unless they are asked for")
    func secrets() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let secret = "a secret of at least sixteen"
            try FileSystem.writeFile(bench.blobs.directory.signingKeyPath, Array((secret + "\n").utf8))
            let repository = try await bench.repository()
            let without = try await bench.back(up: nil, to: repository)
            bench.clock.advance(by: .seconds(1))
            let with = try await bench.back(up: nil, to: repository, hasSecrets: true)
            try await bench.restore(without.snapshot, from: repository, into: "without")
            try await bench.restore(with.snapshot, from: repository, into: "with")
            #expect(!FileManager.default.fileExists(atPath: bench.folder + "/without/signing.key"))
            let kept = try await bench.opened("with") { try await $0.secrets()[.signingKey] }
            #expect(kept == secret)
        }
    }

    @Test("names what is damaged here, and has all the rest")
    func damagedSource() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let digest = try #require(sha256(noise(200_000, seed: 1)))
            try FileSystem.writeFile(
                "\(bench.blobs.directory.path)/objects/\(digest.hex.prefix(2))/\(digest.hex)", Array("nonsense".utf8))
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            #expect(made.damaged == [digest.hex])
            let refused = await #expect(throws: LarderError.self) {
                try await bench.restore(made.snapshot, from: repository, into: "restored")
            }
            #expect(refused?.code == .corruptEntry && refused?.message.contains(digest.hex) == true)
            #expect(!FileManager.default.fileExists(atPath: bench.folder + "/restored/index.sqlite"))
            let restored = try await bench.restore(
                made.snapshot, from: repository, into: "restored", skipsDamaged: true)
            #expect(restored.damaged == [digest.hex])
            try await bench.opened("restored") { (blobs: BlobStore) async throws in
                #expect(try await blobs.read("large", "text") == text(300_000))
                let damaged = await #expect(throws: LarderError.self) { try await blobs.read("large", "noise") }
                #expect(damaged?.code == .corruptEntry)
            }
        }
    }

    @Test("that is damaged in its repository is found by reading it, with the entries' names")
    func damagedRepository() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            let name = try #require(SnapshotName(made.snapshot))
            func verified(readsAll: Bool) async throws -> VerificationResult {
                try await SnapshotVerification(name, in: repository, readsAll: readsAll).run { _ in }
            }
            #expect(try await verified(readsAll: true).isClean)
            let digest = try #require(sha256(text(300_000)))
            let path = "\(bench.folder)/repository/objects/\(digest.hex.prefix(2))/\(digest.hex).gz"
            var bytes = try #require(try FileSystem.readFile(path))
            bytes[bytes.count / 2] ^= 1
            try FileSystem.writeFile(path, bytes)
            #expect(try await verified(readsAll: false).isClean)
            let damaged = try await verified(readsAll: true)
            #expect(damaged.damaged == [digest.hex] && damaged.missing.isEmpty)
            #expect(damaged.entries.map(\.key) == ["text", "text again"])
            try FileSystem.remove(path)
            let missing = try await verified(readsAll: false)
            #expect(missing.missing == [digest.hex] && missing.entries.count == 2)
        }
    }

    @Test("whose manifest is damaged is refused, whatever byte it is")
    func damagedManifest() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            let path = "\(bench.folder)/repository/snapshots/\(made.snapshot).json.gz"
            let whole = try #require(try FileSystem.readFile(path))
            var seeded = Seeded(3)
            for round in 0..<30 {
                var bytes = whole
                if round < 10 {
                    bytes.removeLast(Int.random(in: 1..<bytes.count, using: &seeded))
                } else {
                    bytes[Int.random(in: 10..<bytes.count, using: &seeded)] ^=
                        1 << UInt8.random(in: 0..<8, using: &seeded)
                }
                try FileSystem.writeFile(path, bytes)
                await #expect(throws: LarderError.self, "\(round)") {
                    try await bench.restore(made.snapshot, from: repository, into: "restored")
                }
                #expect(!FileManager.default.fileExists(atPath: bench.folder + "/restored/index.sqlite"))
            }
        }
    }

    @Test("of an older larder is restored, and what came since is made of it; one of a newer larder is refused")
    func schemas() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            let path = "\(bench.folder)/repository/snapshots/\(made.snapshot).json.gz"
            let text = try #require(try FileSystem.readFile(path))
            let lines = try Gzip.decode(text, limit: 1 << 24).split(separator: UInt8(ascii: "\n")).map { Array($0) }
            /// As if migrations had never been.
            func rewrite(schema: String, without tables: [String]) throws {
                var kept: [[UInt8]] = []
                for (number, line) in lines.dropLast().enumerated() {
                    let text = String(decoding: line, as: UTF8.self)
                    if number == 0 {
                        kept.append(Array(text.replacing(OfflineIndex.schemas.last ?? "?", with: schema).utf8))
                    } else if !tables.contains(where: { text.contains("\"table\":\"\($0)\"") }) {
                        kept.append(line)
                    }
                }
                var digest = LineDigest()
                for line in kept { digest.take(line[...]) }
                var end = ManifestMark()
                end.end = .init(rows: Int64(kept.filter { $0.first == UInt8(ascii: "[") }.count), sha256: digest.hex)
                kept.append(try end.line)
                let bytes = kept.flatMap { $0 + [UInt8(ascii: "\n")] }
                try FileSystem.writeFile(path, bytes.withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) })
            }
            try rewrite(
                schema: "15-nodes",
                without: ["entry_versions", "passages", "passage_vectors", "passages_removed", "vaults"])
            let restored = try await bench.restore(made.snapshot, from: repository, into: "older")
            #expect(restored.rows["entries"] == 46)
            try await bench.opened("older") { (blobs: BlobStore) async throws in
                #expect(try await blobs.read("large", "noise") == noise(200_000, seed: 1))
                #expect(try await blobs.look { try $0.compareReferences(after: 0, limit: 1_000) }.differences.isEmpty)
            }
            try rewrite(schema: "99-what-nobody-knows", without: [])
            let newer = await #expect(throws: LarderError.self) {
                try await bench.restore(made.snapshot, from: repository, into: "newer")
            }
            #expect(newer?.code == .conflict && newer?.message.contains("newer larder") == true)
            #expect(!FileManager.default.fileExists(atPath: bench.folder + "/newer"))
        }
    }

    @Test("is not restored over something else, and one that was broken off is simply run again")
    func places() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            try FileSystem.makeDirectories(bench.folder + "/used")
            try FileSystem.writeFile(bench.folder + "/used/mine.txt", [1])
            let used = await #expect(throws: LarderError.self) {
                try await bench.restore(made.snapshot, from: repository, into: "used")
            }
            #expect(used?.code == .conflict && bench.files("used") == ["mine.txt"])
            let twice = try await bench.restore(made.snapshot, from: repository, into: "restored")
            #expect(twice.damaged.isEmpty)
            let again = await #expect(throws: LarderError.self) {
                try await bench.restore(made.snapshot, from: repository, into: "restored")
            }
            #expect(again?.code == .conflict)
            let unknown = await #expect(throws: LarderError.self) {
                try await bench.restore("2026-01-01T00-00-00Z-0000000000000000-00000000", from: repository, into: "x")
            }
            #expect(unknown?.code == .notFound)
        }
    }
}

@Suite("Pruning")
struct PruningTests {
    private func prune(
        _ bench: Bench, _ repository: Repository, last: Int, grace: Duration = .zero, larder: String? = nil
    ) async throws -> PruneResult {
        let own = try await bench.blobs.larderID(orMake: "")
        return try await SnapshotPruning(
            repository, larder: larder ?? own, retention: SnapshotRetention(last: last, daily: 0), grace: grace,
            clock: .system, isServer: false
        ).run()
    }

    @Test("removes older snapshots and what only they name, and the others can still be restored")
    func prune() async throws {
        try await Bench.with { bench in
            let repository = try await bench.repository()
            var names: [String] = []
            for round in 0..<4 {
                // One large content, and small ones, that only this one has.
                try await bench.put("large", "changing", noise(100_000, seed: UInt64(round)))
                for number in 0..<20 { try await bench.put("small", "k\(number)", Array("\(round) \(number)".utf8)) }
                try await bench.put("small", "same", text(20_000))
                bench.clock.advance(by: .seconds(60))
                names.append(try await bench.back(up: nil, to: repository).snapshot)
            }
            let young = try await prune(bench, repository, last: 3, grace: .seconds(3_600))
            #expect(young.removed == [names[0]] && young.content.objects == 0 && young.content.packs == 0)
            let result = try await prune(bench, repository, last: 2)
            #expect(result.removed == [names[1]] && result.kept == 2)
            #expect(result.content.objects == 2)
            #expect(bench.files("repository/objects").count == 2)
            #expect(result.content.bytesFreed > 200_000)
            #expect(bench.files("repository/locks").isEmpty)
            try await bench.restore(names[2], from: repository, into: "two")
            try await bench.restore(names[3], from: repository, into: "three")
            try await bench.opened("two") { (blobs: BlobStore) async throws in
                #expect(try await blobs.read("small", "k7") == Array("2 7".utf8))
                #expect(try await blobs.read("small", "same") == text(20_000))
            }
        }
    }

    @Test("leaves snapshots of other Larders, and what they name, alone")
    func neighbours() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            let result = try await prune(bench, repository, last: 1, larder: "0123456789abcdef")
            #expect(result.removed.isEmpty && result.kept == 0 && result.content.objects == 0)
            #expect(result.content.packs == 0)
            try await bench.restore(made.snapshot, from: repository, into: "restored")
        }
    }

    @Test("removes nothing that nobody can say the name of: a manifest that can't be read is told")
    func unreadable() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let made = try await bench.back(up: nil, to: repository)
            let stranger = "2026-01-01T00-00-00Z-0123456789abcdef-00000000"
            try FileSystem.writeFile("\(bench.folder)/repository/snapshots/\(stranger).json.gz", Array("no".utf8))
            let refused = await #expect(throws: LarderError.self) { try await prune(bench, repository, last: 1) }
            #expect(refused?.code == .corruptEntry && refused?.message.contains(stranger) == true)
            #expect(bench.files("repository/locks").isEmpty)
            try await bench.restore(made.snapshot, from: repository, into: "restored")
        }
    }

    @Test("and the making of a snapshot never happen at the same time")
    func exclusive() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let maker = try await SnapshotMaker(
                SnapshotOrder(stores: nil, site: nil, hasSecrets: false, version: "test"), of: bench.blobs,
                in: repository)
            let refused = await #expect(throws: LarderError.self) {
                try await repository.lock(.pruning, larder: "x", pause: { _ in })
            }
            #expect(refused?.code == .conflict)
            await maker.abandon()
            let lock = try await repository.lock(.pruning, larder: "x", pause: { _ in })
            let second = await #expect(throws: LarderError.self) {
                try await repository.lock(.writing, larder: "y", pause: { _ in })
            }
            #expect(second?.message.contains("larder x") == true)
            await lock.release()
        }
    }

    @Test("by a command does not take a snapshot that the same Larder makes for dead")
    func command() async throws {
        try await Bench.with { bench in
            try await bench.fill()
            let repository = try await bench.repository()
            let larder = try await bench.blobs.larderID(orMake: "0123456789abcdef")
            let lock = try await repository.lock(.writing, larder: larder, pause: { _ in })
            let refused = await #expect(throws: LarderError.self) {
                try await SnapshotPruning(
                    repository, larder: larder, retention: SnapshotRetention(last: 1, daily: 0), clock: .system,
                    isServer: false, pause: { _ in }
                ).run()
            }
            #expect(refused?.code == .conflict)
            try await lock.check()
            await lock.release()
        }
    }
}
