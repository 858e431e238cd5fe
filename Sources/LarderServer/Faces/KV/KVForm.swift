import BlobStore
import LarderHTTP
import LarderModel
import Logs
import NIOCore

/// A value that comes as `multipart/form-data`, with the fields `value` and `metadata` in any order. The value goes to
/// where it is kept as it comes; it is never held whole, but for a log's array.
struct KVForm: Sendable {
    static let mediaType = "multipart/form-data"

    private let boundary: String
    private let wanted: WriteRequest
    private let call: Call

    /// Bytes of the metadata's part: white space may be more than what is kept.
    private static let metadataMax = 4 * KVMetadata.sizeMax

    /// - Parameter type: the body's content type.
    /// - Throws: `LarderError` `.malformedRequest` without a boundary.
    init(_ type: String, _ wanted: WriteRequest, _ call: Call) throws(LarderError) {
        guard let boundary = HeaderParameters(type)["boundary"],
            (1...MultipartParser.boundaryMax).contains(boundary.utf8.count)
        else {
            throw LarderError(.malformedRequest, "multipart/form-data needs a boundary of 1 to 70 characters.")
        }
        self.boundary = boundary
        self.wanted = wanted
        self.call = call
    }

    func write(_ body: IncomingBody) async throws -> Answer {
        var state = State()
        do {
            var parser = MultipartParser(boundary: boundary)
            while let piece = try await body.next() {
                parser.feed(piece)
                while let event = try parser.next() { try await take(event, &state, body) }
            }
            try parser.finish()
            try await finish(state)
            return KVAnswer.done
        } catch {
            if case .entry(let writer)? = state.value { writer.abandon() }
            throw error
        }
    }

    private struct State {
        enum Value {
            case entry(EntryWriter)
            /// What has come of a log's array.
            case log([UInt8])
        }
        enum Field { case value, metadata, other }

        var value: Value?
        var received: Int64 = 0
        var metadata: [UInt8]?
        /// Which part comes at the moment.
        var field = Field.other
    }

    private func take(_ event: MultipartParser.Event, _ state: inout State, _ body: IncomingBody) async throws {
        switch event {
        case .part(let head): try begin(head, &state)
        case .content(let piece): try await take(piece, &state, body)
        case .endOfPart, .end: state.field = .other
        }
    }

    private func begin(_ head: MultipartHead, _ state: inout State) throws(LarderError) {
        switch head.name {
        case "value":
            guard state.value == nil else { throw Self.repeated(head.name) }
            state.field = .value
            guard call.server.entries.logs.rule(wanted.name) == nil else {
                state.value = .log([])
                return
            }
            var wanted = wanted
            wanted.contentType = KVValues.contentType(head.contentType, wanted.name.key)
            state.value = .entry(try call.server.blobs.beginWrite(wanted))
        case "metadata":
            guard state.metadata == nil else { throw Self.repeated(head.name) }
            state.field = .metadata
            state.metadata = []
        default: state.field = .other
        }
    }

    private func take(_ piece: ByteBuffer, _ state: inout State, _ body: IncomingBody) async throws {
        switch state.field {
        case .other: break
        case .metadata:
            guard (state.metadata?.count ?? 0) + piece.readableBytes <= Self.metadataMax else {
                throw LarderError(.entryTooLarge, "Metadata is at most \(KVMetadata.sizeMax) bytes of JSON.")
            }
            state.metadata?.append(contentsOf: piece.readableBytesView)
        case .value:
            state.received += Int64(piece.readableBytes)
            try KVValues.ceiling.check(state.received)
            switch state.value {
            case .entry(let writer):
                let held = min(Int(state.received), writer.wholeMax)
                if writer.wholeMax > BlobStore.smallMax { try body.hold(EntryTransfer.copies * held) }
                try await writer.append(piece)
            case .log(var array):
                state.value = nil
                let logs = call.server.entries.logs
                guard state.received <= logs.rule(wanted.name).map(LogService.arrayLimit) ?? 0 else {
                    throw LarderError(.entryTooLarge, "The array is larger than twice what this log may keep.")
                }
                try body.hold(2 * Int(state.received))
                array.append(contentsOf: piece.readableBytesView)
                state.value = .log(array)
            case nil: break
            }
        }
    }

    private func finish(_ state: State) async throws {
        let metadata = try KVMetadata.metadata(state.metadata ?? [], call)
        switch state.value {
        case .entry(let writer): _ = try await writer.finish(metadata: metadata)
        case .log(let array):
            _ = try await call.server.entries.logs.merge(
                array, into: wanted.name, metadata: metadata, expiry: wanted.expiry, conditions: .none,
                store: wanted.store)
        case nil: throw LarderError(.malformedRequest, "The form has no field 'value'; nothing was stored.")
        }
    }

    private static func repeated(_ field: String) -> LarderError {
        LarderError(.malformedRequest, "The form has two fields '\(field)'; nothing was stored.")
    }
}
