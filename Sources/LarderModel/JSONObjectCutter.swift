/// Cuts a JSON array of objects into them as it comes, so that only one object need be in memory. A pure machine: it is
/// fed pieces, however they are cut. What is inside an object is for ``JSONText`` to check; what is between them is
/// checked here.
package struct JSONObjectCutter: Sendable {
    private enum State {
        case start
        /// Behind `[`.
        case first
        /// Behind a comma.
        case next
        case object
        /// Behind an object.
        case between
        case end
    }

    /// Bytes of one object.
    private let objectMax: Int
    private var state = State.start
    private var object: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var position = 0

    package init(objectMax: Int) { self.objectMax = objectMax }

    /// Bytes of the object that has begun.
    package var heldBytes: Int { object.count }

    /// Takes a piece.
    /// - Parameter take: is given each object that ends in it, in order.
    /// - Throws: `LarderError` `.notJSON`, saying where; `.entryTooLarge` beyond `objectMax`; what `take` throws.
    package mutating func feed(_ piece: UnsafeRawBufferPointer, _ take: ([UInt8]) throws -> Void) throws {
        var start = state == .object ? 0 : nil as Int?
        for (offset, byte) in piece.enumerated() {
            guard state == .object else {
                try pass(byte, at: position + offset)
                if state == .object { start = offset }
                continue
            }
            guard endsObject(byte) else { continue }
            try append(piece[(start ?? 0)...offset])
            try take(object)
            object.removeAll(keepingCapacity: object.capacity <= 64 << 10)
            state = .between
            start = nil
        }
        if let start { try append(piece[start...]) }
        position += piece.count
    }

    /// All has come.
    /// - Throws: `LarderError` `.notJSON` when the array has not ended.
    package func finish() throws(LarderError) {
        guard state == .end else { throw malformed("it ends too early", position) }
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) throws(LarderError) {
        guard object.count + bytes.count <= objectMax else {
            throw LarderError(
                .entryTooLarge, "One item of the array is larger than \(ByteCount(Int64(objectMax)).messageText).")
        }
        object.append(contentsOf: bytes)
    }

    /// Whether a byte inside an object ends it.
    private mutating func endsObject(_ byte: UInt8) -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        return depth == 0
    }

    /// A byte between objects.
    private mutating func pass(_ byte: UInt8, at place: Int) throws(LarderError) {
        switch (state, byte) {
        case (_, 32), (_, 10), (_, 13), (_, 9): break
        // A byte order mark, as everywhere.
        case (.start, 0xEF) where place == 0, (.start, 0xBB) where place == 1, (.start, 0xBF) where place == 2: break
        case (.start, UInt8(ascii: "[")): state = .first
        case (.first, UInt8(ascii: "]")), (.between, UInt8(ascii: "]")): state = .end
        case (.between, UInt8(ascii: ",")): state = .next
        case (.first, UInt8(ascii: "{")), (.next, UInt8(ascii: "{")):
            state = .object
            depth = 1
        default: throw malformed("an array of objects is needed", place)
        }
    }

    private func malformed(_ problem: String, _ place: Int) -> LarderError {
        LarderError(.notJSON, "The body must be JSON, but at byte \(place) \(problem).")
    }
}
