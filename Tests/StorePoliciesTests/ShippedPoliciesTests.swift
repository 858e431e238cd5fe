import Foundation
import LarderModel
import StorePolicies
import Testing

@Suite("The shipped policies")
struct ShippedPoliciesTests {
    private static let storesFolder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Stores")

    @Test("are the files of Stores, byte for byte, none forgotten")
    func equalTheFiles() throws {
        let onDisk = try FileManager.default.contentsOfDirectory(atPath: Self.storesFolder.path).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(ShippedPolicies.files().map(\.name) == onDisk.sorted().map { "Stores/\($0)" })
        for file in ShippedPolicies.files() {
            let path = Self.storesFolder.deletingLastPathComponent().appending(path: file.name)
            #expect(try String(contentsOf: path, encoding: .utf8) == file.text, "\(file.name)")
        }
    }

    @Test("say that the binary carries them, and in which file")
    func sources() throws {
        let book = try StorePolicies.load(directory: nil)
        #expect(
            book.policies.map(\.source) == book.policies.map { Policy.Source(file: "\($0.name).yaml", isShipped: true) }
        )
        let other = book.policy(for: try StoreName("of-nobody"))
        #expect(other.source?.file == "default.yaml")
    }

    struct Expected: Sendable, CustomTestStringConvertible {
        var store: String
        var key: String
        var maxSize: Int64
        var keep: Duration?
        var ttl: Duration?
        var slide: Policy.Slide = .write
        var compression: Policy.Compression = .auto
        var log: Policy.LogRule?
        var versions: KeptVersions?
        var testDescription: String { "\(store)/\(key)" }
    }

    private static let days90 = Duration.seconds(90 * 86_400)

    @Test(
        "say what the contract's table says, for a store and for an app's own of its kind",
        arguments: [
            Expected(
                store: "progress", key: "projects/p/runs/r/progress.json", maxSize: 64_000, keep: .seconds(30 * 86_400),
                log: Policy.LogRule(maxEvents: 200, stalledAfter: .seconds(900))),
            Expected(store: "progress", key: "projects/p/runs/r/notes.json", maxSize: 5_000_000_000),
            Expected(
                store: "sessions", key: "u/notifications", maxSize: 64_000, keep: .seconds(30 * 86_400),
                log: Policy.LogRule(maxEvents: 50, states: .none)),
            Expected(
                store: "sessions", key: "u/s/history", maxSize: 64_000, ttl: .seconds(86_400), slide: .read,
                log: Policy.LogRule(maxEvents: 1_000, maxBytes: ByteCount(4_000_000), states: .none)),
            Expected(store: "sessions", key: "u/s", maxSize: 256_000, ttl: .seconds(86_400), slide: .read),
            Expected(
                store: "conversations", key: "u/c", maxSize: 256_000,
                log: Policy.LogRule(maxEvents: nil, states: .none)),
            Expected(
                store: "agents", key: "s", maxSize: 256_000, log: Policy.LogRule(maxEvents: 40, states: .none)),
            Expected(store: "runs", key: "r/state.json", maxSize: 10_000_000, keep: days90),
            Expected(store: "videos", key: "r/final.mp4", maxSize: 500_000_000, compression: .never),
            Expected(store: "audio", key: "r/voice/1.mp3", maxSize: 100_000_000, keep: days90, compression: .never),
            Expected(store: "media", key: "photo.jpg", maxSize: 100_000_000),
            Expected(store: "evals", key: "r/evaluation.json", maxSize: 1_000, versions: .newest(10)),
            Expected(store: "memory", key: "p/memory_index.json", maxSize: 1_000_000, versions: .newest(10)),
            Expected(store: "memory", key: "p/deeper/memory_index.json", maxSize: 5_000_000_000),
            Expected(store: "default", key: "any/thing", maxSize: 5_000_000_000),
        ])
    func tableOfTheContract(expected: Expected) throws {
        let book = try StorePolicies.load(directory: nil)
        let key = try EntryKey(expected.key)
        for name in [expected.store, "acme-\(expected.store)"] {
            let policy = book.policy(for: try StoreName(name))
            #expect(policy.name == expected.store)
            #expect(policy.compression == expected.compression)
            #expect(!policy.isPublic)
            #expect(!policy.summary.isEmpty)
            let rule = book.rule(for: key, in: policy)
            #expect(rule.maxSize == ByteCount(expected.maxSize))
            #expect(rule.keep == expected.keep)
            #expect(rule.log == expected.log)
            #expect(rule.versions == expected.versions)
            #expect(rule.ttl == expected.ttl && rule.slide == expected.slide)
        }
    }

    @Test(
        "leave other names to default",
        arguments: ["uploads", "runs2", "myruns", "runs-old", "-runs2", "deploy:6f:runs", "Runs"])
    func otherNames(name: String) throws {
        #expect(try StorePolicies.load(directory: nil).policy(for: try StoreName(name)).name == "default")
    }
}
