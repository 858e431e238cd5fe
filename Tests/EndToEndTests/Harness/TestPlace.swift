import Foundation
import PostgresTestSupport
import S3TestSupport
import Synchronization

/// Where a data directory has its index and its large content on ``TestEngine/postgres``. All of it goes when the test
/// process ends, however that happens.
struct TestPlace: Sendable {
    let postgres: PostgresServer
    let schema: String
    let bucket: S3TestBucket

    /// What tells a `larder` of it.
    var environment: [String: String] {
        let settings = [
            "LARDER_INDEX": postgres.url(schema: schema), "LARDER_OBJECTS": bucket.address,
            // The server of the tests syncs nothing, and their clocks are wrong on purpose.
            "LARDER_ACCEPT_UNSAFE": "true",
        ]
        return settings.merging(BucketKeys.right) { setting, _ in setting }
    }

    /// The key that signs links, where the index keeps it; empty: it doesn't.
    func signingKey() async throws -> String {
        try await blocking {
            try postgres.sql(
                "SELECT convert_from(value, 'UTF8') FROM \(schema).facts WHERE name = 'secret.signing'::bytea")
        }
    }

    private static func make() async throws -> TestPlace {
        async let bucket = S3TestServer.shared.makeBucket()
        let postgres = try await blocking { try PostgresServer.shared.get() }
        let schema = try await blocking { try postgres.makeSchema() }
        return TestPlace(postgres: postgres, schema: schema, bucket: try await bucket)
    }

    // MARK: Of each data directory

    private static let known = Mutex<[String: Task<TestPlace, any Error>]>([:])

    /// That of a data directory on which a server was started; nil: it has none.
    static func known(of data: String) async throws -> TestPlace? {
        try await known.withLock { $0[data] }?.value
    }

    /// What a command has to be told: where it serves, a place; where it reads what a server left, that one's.
    /// - Parameters:
    ///   - environment: what the test tells it.
    ///   - home: stands for the data directory when the arguments name none.
    static func environment(for arguments: [String], _ environment: [String: String], home: String) async throws
        -> [String: String]
    {
        guard TestEngine.current == .postgres, !namesEngines(arguments, environment) else { return [:] }
        let data = arguments.firstIndex(of: "--data").map { arguments[arguments.index(after: $0)] } ?? home
        if arguments.first == "serve" {
            let task = known.withLock { known in
                let task = known[data] ?? Task { try await make() }
                known[data] = task
                return task
            }
            return try await task.value.environment
        }
        guard arguments.first == "verify", arguments.contains("--offline") else { return [:] }
        return try await known(of: data)?.environment ?? [:]
    }

    private static func namesEngines(_ arguments: [String], _ environment: [String: String]) -> Bool {
        arguments.contains { $0 == "--index" || $0 == "--objects" }
            || environment["LARDER_INDEX"] != nil || environment["LARDER_OBJECTS"] != nil
    }

    /// Forgets those of data directories in a folder. A schema stays until its server ends: to drop one takes 0.1 s,
    /// and to keep it 0.4 MB.
    static func forget(in folder: String) async {
        let tasks = known.withLock { known in
            let there = known.filter { $0.key == folder || $0.key.hasPrefix(folder + "/") }
            for name in there.keys { known[name] = nil }
            return Array(there.values)
        }
        for task in tasks {
            try? await task.value.bucket.forget()
        }
    }
}
