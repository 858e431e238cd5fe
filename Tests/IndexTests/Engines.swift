import Foundation
import Index
import IndexOnPostgres
import IndexOnSQLite
import PostgresTestSupport
import Testing

/// An engine that the tests of the index run on.
struct TestEngine: Sendable {
    /// Makes an engine for an index at a path, in a folder that the test owns.
    let make: @Sendable (_ path: String) throws -> any SQLEngine
    /// Takes away what an index at that path has left elsewhere.
    let remove: @Sendable (_ path: String) -> Void

    // MARK: How it goes about a statement

    /// A statement that tells it, a row a step.
    let explained: @Sendable (_ statement: String) -> String
    let explanationColumn: Int
    /// Whether a step finds its rows in the order of an index.
    let isOrdered: @Sendable (_ step: String) -> Bool
}

/// The engines that the tests of the index run on: the one place that names them.
enum Engines {
    static let sqlite = TestEngine(
        make: { SQLiteEngine(path: $0) }, remove: { _ in }, explained: { "EXPLAIN QUERY PLAN " + $0 },
        explanationColumn: 3, isOrdered: { $0.hasPrefix("SEARCH") && !$0.contains("TEMP B-TREE") })

    static let postgres = TestEngine(
        make: { path in
            let server = try PostgresServer.shared.get()
            try server.sql("CREATE SCHEMA IF NOT EXISTS \(schema(path)) AUTHORIZATION larder")
            return try PostgresEngine(url: server.url(schema: schema(path)), acceptsUnsafe: true)
        },
        remove: { path in try? PostgresServer.shared.get().dropSchema(schema(path)) },
        // With numbers for parameters: it plans nothing where one is NULL.
        explained: { "EXPLAIN (COSTS OFF) " + $0.replacing("?", with: "") }, explanationColumn: 0,
        isOrdered: { step in !["Sort", "Seq Scan", "Bitmap"].contains { step.contains($0) } })

    /// By the folder that the test owns.
    private static func schema(_ path: String) -> String {
        let folder = path.split(separator: "/").dropLast().last ?? "index"
        return folder.lowercased().replacing("-", with: "_")
    }

    @TaskLocal static var current = sqlite
}

/// Runs each test of a suite once on every engine.
struct EngineTrait: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true
    var isForShared = false

    func scopeProvider(for test: Test, testCase: Test.Case?) -> EngineTrait? { testCase == nil ? nil : self }

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void)
        async throws
    {
        if !isForShared { try await Engines.$current.withValue(Engines.sqlite) { try await function() } }
        try await Turns.ofPostgres.pass {
            try await Engines.$current.withValue(Engines.postgres) { try await function() }
        }
    }
}

extension Trait where Self == EngineTrait {
    static var everyEngine: Self { EngineTrait() }
    /// For what only an engine of several nodes has.
    static var sharedEngine: Self { EngineTrait(isForShared: true) }
}

/// Lets a few tests at a time use the server: each has seven connections or more, and all begin together.
private actor Turns {
    static let ofPostgres = Turns(count: 6)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { free = count }

    private func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }

    nonisolated func pass(_ body: () async throws -> Void) async throws {
        await enter()
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await leave()
        try result.get()
    }
}
