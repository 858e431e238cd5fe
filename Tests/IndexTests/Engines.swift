import Foundation
import Index
import IndexOnSQLite

/// The engines that the tests of the index run on: the one place that names them.
enum Engines {
    /// Makes an engine for an index at a path, in a folder that the test owns.
    typealias Maker = @Sendable (_ path: String) -> any SQLEngine

    static let all: [String: Maker] = ["sqlite": { SQLiteEngine(path: $0) }]

    /// The one that `LARDER_TEST_ENGINE` names.
    static let current: Maker = {
        let name = ProcessInfo.processInfo.environment["LARDER_TEST_ENGINE"] ?? "sqlite"
        guard let engine = all[name] else { fatalError("LARDER_TEST_ENGINE=\(name): no such engine") }
        return engine
    }()

    // MARK: How the current one goes about a statement

    /// A statement that tells it, a row a step; the words are those of SQLite until there is another engine.
    static func explained(_ statement: String) -> String { "EXPLAIN QUERY PLAN " + statement }
    static let explanationColumn = 3

    /// Whether a step finds its rows in the order of an index.
    static func isOrdered(_ step: String) -> Bool { step.hasPrefix("SEARCH") && !step.contains("TEMP B-TREE") }
}
