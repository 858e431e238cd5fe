import LarderModel

/// Events in a text that may still be growing: one object, one array of objects, or an object a line.
///
/// Lines are given as they are complete, so that a program can pipe its progress in while it runs. Pure: it neither
/// reads nor sends.
package struct EventInput: Sendable {
    private enum Form: Sendable { case unknown, lines, document }

    private var form = Form.unknown
    private var rest: [UInt8] = []

    /// Bytes of a whole document, or of one line.
    package static let maxBytes = 64 * 1024 * 1024
    /// Bytes of events in one request, and how many: as many as any server takes.
    static let maxBatchBytes = 1024 * 1024, maxBatch = 200
    /// The server judges how deep it may go; this is what any may take.
    private static let maxDepth = JSONText.depthRange.upperBound

    package init() {}

    /// Takes the next bytes.
    /// - Returns: JSON arrays of the events that are complete, each for one request.
    /// - Throws: ``LarderClientError`` `notJSON` or `entryTooLarge`.
    package mutating func feed(_ bytes: some Sequence<UInt8>) throws -> [[UInt8]] {
        rest += bytes
        guard form != .document, let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
            guard rest.count <= Self.maxBytes else {
                throw LarderClientError(
                    .entryTooLarge, "Events on standard input are at most \(Self.maxBytes) bytes, or one a line.")
            }
            return []
        }
        let lines = rest[..<end].split(separator: UInt8(ascii: "\n")).map(Array.init).filter { !Self.isBlank($0) }
        if form == .unknown, let first = lines.first {
            // A line that is an object by itself can't be the beginning of a longer document.
            form = (try? JSONText.check(first, maxDepth: Self.maxDepth))?.kind == .object ? .lines : .document
        }
        guard form == .lines else { return [] }
        rest.removeFirst(end + 1)
        return try batches(lines)
    }

    /// The text has ended.
    /// - Returns: what it brings, each for one request.
    /// - Throws: ``LarderClientError`` `notJSON`.
    package mutating func finish() throws -> [[UInt8]] {
        defer { rest = [] }
        guard !Self.isBlank(rest) else { return [] }
        if form == .lines { return try batches([rest]) }
        do {
            let kind = try JSONText.check(rest, maxDepth: Self.maxDepth).kind
            guard kind == .object || kind == .array else { throw LarderError(.notJSON, "An event is a JSON object.") }
            return [rest]
        } catch let error as LarderError {
            throw LarderClientError(.notJSON, "Standard input holds no events: \(error.message)")
        }
    }

    private func batches(_ lines: [[UInt8]]) throws -> [[UInt8]] {
        var batches: [[UInt8]] = []
        var batch = JSONWriter(), count = 0
        for line in lines {
            guard (try? JSONText.check(line, maxDepth: Self.maxDepth))?.kind == .object else {
                throw LarderClientError(
                    .notJSON, "Not a JSON object: \(String(decoding: line.prefix(80), as: UTF8.self))")
            }
            if count == Self.maxBatch || count > 0 && batch.bytes.count + line.count > Self.maxBatchBytes {
                batch.closeArray()
                batches.append(batch.bytes)
                batch = JSONWriter()
                count = 0
            }
            if count == 0 { batch.openArray() }
            batch.value(raw: line)
            count += 1
        }
        if count > 0 {
            batch.closeArray()
            batches.append(batch.bytes)
        }
        return batches
    }

    private static func isBlank(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
    }
}
