package import LarderModel
package import NIOCore
import NIOHTTP1

/// The body of the request being answered, piece by piece as the client sends it, its content coding undone. Reading
/// pulls on the connection, so a slow reader here slows the client and holds no more than ``BodyPipe`` does.
package final class IncomingBody {
    private enum Source {
        case pipe(BodyPipe)
        /// A body that is all here.
        case whole(ByteBuffer)
    }

    private var source: Source
    /// Whether the body was read to its end.
    private(set) var isEnded = false
    /// Nothing more can come, though the end has not.
    private var isBroken = false
    private let coding: ContentCoding
    /// Undoes gzip; nil: nothing is to be undone.
    private let inflater: Inflater?
    /// Tells a client that waits for it (`Expect: 100-continue`) to go on. Called before the first piece is read.
    private var sendContinue: (() -> Void)?
    /// Where a large body takes a place while it is received; nil: it needs none, or has one.
    private var gate: Gatekeeper?
    private var place: UploadPlace?
    /// Its length as it was announced; nil: it was not, or says nothing because the body is coded.
    private let announced: Int?
    /// Where what is held whole is counted; nil: the body is small.
    private let buffers: BufferBudget?
    private var lease: BufferLease?
    /// Counts the bytes as they come; nil: nobody does.
    package var count: ((Int64) -> Void)?
    /// Asked when the body has come whole, before its reader learns that: what it returns is thrown instead.
    package var refusalAtEnd: (() -> LarderError?)?

    /// - Parameters:
    ///   - inflateRatio: how far gzip may inflate (``ServerLimits/inflateRatio``).
    ///   - announced: `Content-Length`; nil: there is none.
    ///   - gate: for a body of unknown or large size, which then counts among the uploads.
    init(
        _ pipe: BodyPipe, _ coding: ContentCoding, inflateRatio: Int, announced: Int? = nil,
        buffers: BufferBudget? = nil, gate: Gatekeeper?, sendContinue: (() -> Void)?
    ) {
        self.announced = coding == .none ? announced : nil
        self.buffers = buffers
        source = .pipe(pipe)
        self.coding = coding
        inflater = coding == .gzip ? Inflater(ratioMax: inflateRatio) : nil
        self.gate = gate
        self.sendContinue = sendContinue
    }

    package init(_ whole: ByteBuffer = ByteBuffer(), _ coding: ContentCoding = .none, inflateRatio: Int = 200) {
        source = .whole(whole)
        announced = nil
        buffers = nil
        self.coding = coding
        inflater = coding == .gzip ? Inflater(ratioMax: inflateRatio) : nil
    }

    /// Whether the client was told to send the body, or does not wait to be told.
    var isAskedFor: Bool { sendContinue == nil }

    /// Whether it comes as it is: then its `Content-Length` is the content's.
    package var isPlain: Bool { coding == .none }

    /// The next piece; nil at the end.
    /// - Throws: `LarderError` `.unsupportedMediaType` for a coding that is not undone here, before anything is read;
    ///   `.malformedRequest` when the connection ended first or it is no gzip, `.entryTooLarge` when it inflates too
    ///   far, `.requestTimeout` when it is too slow, `.unavailable` when too many are received already; whatever the
    ///   connection failed with.
    package func next() async throws -> ByteBuffer? {
        if case .unknown(let name) = coding {
            throw LarderError(
                .unsupportedMediaType, "The content coding '\(name.prefix(40))' is not taken; send gzip or none.")
        }
        guard let inflater else { return try await nextAsSent() }
        while true {
            if let plain = try inflater.next() { return plain }
            guard let piece = try await nextAsSent() else {
                try inflater.finish()
                return nil
            }
            inflater.take(piece)
        }
    }

    private func nextAsSent() async throws -> ByteBuffer? {
        if isEnded { return nil }
        guard !isBroken else { throw LarderError(.malformedRequest, "The body broke off.") }
        if let gate {
            place = try UploadPlace(gate)
            self.gate = nil
        }
        sendContinue?()
        sendContinue = nil
        guard let piece = try await nextOfSource() else {
            isEnded = true
            place = nil
            if let refusal = refusalAtEnd?() { throw refusal }
            return nil
        }
        count?(Int64(piece.readableBytes))
        return piece
    }

    private func nextOfSource() async throws -> ByteBuffer? {
        switch source {
        case .whole(let bytes):
            source = .whole(ByteBuffer())
            return bytes.readableBytes > 0 ? bytes : nil
        case .pipe(let pipe):
            do { return try await pipe.next() } catch {
                isBroken = true
                throw Self.told(error)
            }
        }
    }

    private static func told(_ error: any Error) -> any Error {
        switch error {
        case is SlowBody: LarderError(.requestTimeout, SlowBody.message)
        case let error as ChunkWaste: error.refusal
        case is BodyEnded:
            LarderError(.malformedRequest, "The connection ended before the body did; nothing was stored.")
        case let error as HTTPParserError:
            LarderError(
                .malformedRequest, "The body is not framed as HTTP/1.1 has it: \(error). Nothing was stored.")
        default: error
        }
    }

    // MARK: Holding it whole

    /// All of the body. Where it is not small, what is held of it counts in the server's budget until this object goes.
    /// - Parameters:
    ///   - limit: bytes of the body.
    ///   - copies: how often they are in memory at most, once as the body and then as what is made of it.
    ///   - tooLarge: the error beyond `limit`, given that.
    /// - Throws: `LarderError` `.entryTooLarge` beyond `limit`, or what the server ever has room for; `.unavailable`
    ///   where it has none now. Both before anything is taken in, where the length is announced.
    package func collect(
        limit: Int, copies: Int = 1, orThrow tooLarge: (Int) -> LarderError = IncomingBody.tooLarge
    ) async throws -> [UInt8] {
        if let announced, announced > limit { throw tooLarge(limit) }
        var counted = announced ?? BufferBudget.free
        if counted > BufferBudget.free { try hold(copies * counted) }
        var bytes = ByteBuffer()
        while var piece = try await next() {
            let count = bytes.readableBytes + piece.readableBytes
            guard count <= limit else { throw tooLarge(limit) }
            if count > counted {
                counted = max(count, min(2 * counted, limit))
                try hold(copies * counted)
            }
            if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeBuffer(&piece) }
        }
        return Array(bytes.readableBytesView)
    }

    /// Counts so many bytes in all as held for this request, until this object goes.
    /// - Throws: `LarderError` `.entryTooLarge` when the server never has room for them, `.unavailable` when it has
    ///   none now.
    package func hold(_ bytes: Int) throws(LarderError) {
        guard bytes > BufferBudget.free, let buffers else { return }
        try buffers.checkEverFits(bytes)
        let lease = lease ?? BufferLease(buffers)
        try lease.cover(bytes)
        self.lease = lease
    }

    package static func tooLarge(_ limit: Int) -> LarderError {
        LarderError(
            .entryTooLarge, "The body is larger than \(ByteCount(Int64(limit)).messageText), the limit here.")
    }
}

/// A place among the bodies that are being received, given back when nobody holds it any more.
private final class UploadPlace {
    private let gate: Gatekeeper

    init(_ gate: Gatekeeper) throws(LarderError) {
        try gate.beginUpload()
        self.gate = gate
    }

    deinit { gate.endUpload() }
}
