import LarderClient
import struct LarderModel.JSONWriter

/// A list as one JSON document, `{"entries":[…],"directories":[…]}`, written page by page, so that it may be of any
/// length.
struct ListDocument {
    private let isWritten: Bool
    private var out = JSONWriter()
    private var hasBegun = false
    private var directories: [String] = []

    init(isWritten: Bool) { self.isWritten = isWritten }

    mutating func add(_ page: ListPage) throws {
        begin()
        directories += page.directories
        for entry in page.entries { out.value(raw: try ClientJSON.encode(entry)) }
        Console.json(part: out.take())
    }

    mutating func end() throws {
        guard isWritten else { return }
        begin()
        out.closeArray()
        out.field("directories", raw: try ClientJSON.encode(directories))
        out.closeObject()
        Console.json(out.take())
    }

    private mutating func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        out.openObject()
        out.name("entries")
        out.openArray()
    }
}
