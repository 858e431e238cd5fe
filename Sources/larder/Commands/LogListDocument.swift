import LarderClient
import struct LarderModel.JSONWriter

/// A list of logs as one JSON document, `{"logs":[…]}`, written log by log, so that it may be of any length.
struct LogListDocument {
    private let isWritten: Bool
    private var out = JSONWriter()
    private var hasBegun = false

    init(isWritten: Bool) { self.isWritten = isWritten }

    mutating func add(_ log: LogInfo) {
        begin()
        log.write(to: &out)
        Console.json(part: out.take())
    }

    mutating func end() {
        guard isWritten else { return }
        begin()
        out.closeArray()
        out.closeObject()
        Console.json(out.take())
    }

    private mutating func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        out.openObject()
        out.name("logs")
        out.openArray()
    }
}
