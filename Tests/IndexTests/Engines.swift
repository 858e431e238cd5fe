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
}
