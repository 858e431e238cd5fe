import Dispatch
import Index
import Testing

/// What those see who only read.
extension SQLConformance {
    static let reads: [Rule] = [
        rule("A read sees what was committed before it began, one state of it to its end, and nothing of what is not") {
            database in
            try database.change { try $0.add("before") }
            let hasLooked = DispatchSemaphore(value: 0), mayLookAgain = DispatchSemaphore(value: 0)
            let isWriting = DispatchSemaphore(value: 0), mayCommit = DispatchSemaphore(value: 0)
            try together(
                {
                    try database.read { session throws in
                        #expect(try session.texts("SELECT name FROM things") == ["before"])
                        hasLooked.signal()
                        mayLookAgain.wait()
                        #expect(try session.texts("SELECT name FROM things") == ["before"])
                    }
                    #expect(
                        try database.read { try $0.texts("SELECT name FROM things ORDER BY id") } == [
                            "before", "after",
                        ])
                },
                {
                    defer { mayLookAgain.signal() }
                    hasLooked.wait()
                    try database.change { session throws in
                        try session.add("after")
                        isWriting.signal()
                        mayCommit.wait()
                    }
                },
                {
                    defer { mayCommit.signal() }
                    isWriting.wait()
                    let names = try database.read { try $0.texts("SELECT name FROM things") }
                    #expect(names == ["before"])
                })
        },
        rule("As many read at the same time as the database says") { database in
            try database.change { try $0.add("a") }
            let arrived = DispatchSemaphore(value: 0), go = DispatchSemaphore(value: 0)
            let count = database.readerCount
            #expect(count >= 1)
            let reader: @Sendable () throws -> Void = {
                try database.read { session throws in
                    arrived.signal()
                    go.wait()
                    #expect(try session.count("things") == 1)
                }
            }
            // Each has to be inside before any may go on.
            let gate: @Sendable () throws -> Void = {
                for _ in 0..<count { arrived.wait() }
                for _ in 0..<count { go.signal() }
            }
            try together(Array(repeating: reader, count: count) + [gate])
        },
        rule("Who reads can't write") { database in
            #expect(throws: SQLFailure.self) {
                try database.read { try $0.run("INSERT INTO things (name) VALUES (?1)") { $0.set(1, "a") } }
            }
            let count = try database.read { try $0.count("things") }
            #expect(count == 0)
        },
    ]

    private static func together(_ works: (@Sendable () throws -> Void)...) throws { try together(works) }

    /// Runs each work on a thread of its own and waits for all.
    private static func together(_ works: [@Sendable () throws -> Void]) throws {
        let group = DispatchGroup()
        for (i, work) in works.enumerated() {
            // A queue each: the global one may have fewer threads than there are works that wait for each other.
            DispatchQueue(label: "conformance.\(i)").async(group: group) {
                #expect(throws: Never.self) { try work() }
            }
        }
        group.wait()
    }
}
