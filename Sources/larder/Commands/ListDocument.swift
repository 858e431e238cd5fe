import LarderClient

/// A list as one JSON document, `{"entries":[…],"directories":[…]}`, written page by page, so that it may be of any
/// length.
struct ListDocument {
    private let isWritten: Bool
    private var hasBegun = false
    private var hasEntries = false
    private var directories: [String] = []

    init(isWritten: Bool) { self.isWritten = isWritten }

    mutating func add(_ page: ListPage) throws {
        begin()
        directories += page.directories
        guard !page.entries.isEmpty else { return }
        let array = String(decoding: try ClientJSON.encode(page.entries), as: UTF8.self)
        Console.write((hasEntries ? "," : "") + array.dropFirst().dropLast(), to: 1)
        hasEntries = true
    }

    mutating func end() throws {
        guard isWritten else { return }
        begin()
        Console.output("],\"directories\":\(String(decoding: try ClientJSON.encode(directories), as: UTF8.self))}")
    }

    private mutating func begin() {
        if !hasBegun { Console.write("{\"entries\":[", to: 1) }
        hasBegun = true
    }
}
