import Foundation
import Testing

/// What servers under test keep their data in, unless a test says it to them itself.
enum TestEngine: String {
    /// The data directory, and nothing else.
    case sqlite
    /// The index in a schema of PostgreSQL's and large content in a bucket, new ones for each data directory.
    case postgres

    /// What `LARDER_TEST_ENGINE` says, which `Scripts/test --engine` sets.
    static let current: TestEngine = {
        let name = ProcessInfo.processInfo.environment["LARDER_TEST_ENGINE"] ?? TestEngine.sqlite.rawValue
        guard let engine = TestEngine(rawValue: name) else { preconditionFailure("LARDER_TEST_ENGINE is '\(name)'") }
        return engine
    }()
}

extension Trait where Self == ConditionTrait {
    /// For what is not true of other engines, or has been seen already when they are tested.
    static func sqliteOnly(_ why: Comment) -> Self { .enabled(if: TestEngine.current == .sqlite, why) }
    /// For what SQLite has nothing of.
    static func postgresOnly(_ why: Comment) -> Self { .enabled(if: TestEngine.current == .postgres, why) }
}
