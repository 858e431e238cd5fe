import LarderModel
import Testing

@Suite("A table of what is shared")
struct SharedTableTests {
    private final class Thing: Sendable {
        private let table: SharedTable<String, Thing>
        private let key: String

        init(_ table: SharedTable<String, Thing>, _ key: String) {
            self.table = table
            self.key = key
            table.share(self, as: key)
        }

        deinit { table.forget(key) }
    }

    @Test("gives what somebody holds, and keeps nothing")
    func held() {
        let table = SharedTable<String, Thing>()
        do {
            let first = Thing(table, "a")
            #expect(table["a"] === first)
            #expect(table["b"] == nil)
        }
        #expect(table["a"] == nil)
        #expect(table.count == 0)
    }

    @Test("is not made to forget what has come in the place of what goes")
    func replaced() {
        let table = SharedTable<String, Thing>()
        var first: Thing? = Thing(table, "a")
        let second = Thing(table, "a")
        first = nil
        #expect(first == nil)
        #expect(table["a"] === second)
        #expect(table.count == 1)
    }

    @Test("bears many who take and let go at once")
    func concurrent() async {
        let table = SharedTable<String, Thing>()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2_000 {
                group.addTask {
                    let key = "\(number % 3)"
                    let thing = table[key] ?? Thing(table, key)
                    await Task.yield()
                    withExtendedLifetime(thing) {}
                }
            }
        }
        #expect(table.count == 0)
    }
}
