import LarderModel
import NIOCore
import NIOHTTP1

/// The body of the request being answered, piece by piece as the client sends it. Reading pulls on the connection, so a
/// slow reader here slows the client and holds no more than a few pieces.
package final class IncomingBody {
    package typealias Iterator = NIOAsyncChannelInboundStream<RequestPart>.AsyncIterator

    private var iterator: Iterator
    private(set) var isEnded = false
    /// Nothing more can come, though the end has not.
    private var isBroken = false
    /// Tells a client that waits for it (`Expect: 100-continue`) to go on. Called before the first piece is read.
    private var sendContinue: (() -> Void)?
    /// Where a large body takes a place while it is received; nil: it needs none, or has one.
    private var gate: Gatekeeper?
    private var place: UploadPlace?
    /// Counts the bytes as they come; nil: nobody does.
    package var count: ((Int64) -> Void)?
    /// Asked when the body has come whole, before its reader learns that: what it returns is thrown instead.
    package var refusalAtEnd: (() -> LarderError?)?

    /// - Parameter gate: for a body of unknown or large size, which then counts among the uploads.
    package init(_ iterator: Iterator, gate: Gatekeeper? = nil, sendContinue: (() -> Void)?) {
        self.iterator = iterator
        self.gate = gate
        self.sendContinue = sendContinue
    }

    /// The next piece; nil at the end.
    /// - Throws: `LarderError` `.malformedRequest` when the connection ended first, `.requestTimeout` when it is too
    ///   slow, `.unavailable` when too many are received already; whatever the connection failed with.
    package func next() async throws -> ByteBuffer? {
        if isEnded { return nil }
        guard !isBroken else { throw LarderError(.malformedRequest, "The body broke off.") }
        if let gate {
            place = try UploadPlace(gate)
            self.gate = nil
        }
        sendContinue?()
        sendContinue = nil
        let part: RequestPart?
        do { part = try await iterator.next() } catch is SlowBody {
            isBroken = true
            throw LarderError(.requestTimeout, SlowBody.message)
        } catch let error as HTTPParserError {
            isBroken = true
            throw LarderError(
                .malformedRequest, "The body is not framed as HTTP/1.1 has it: \(error). Nothing was stored.")
        }
        switch part {
        case .body(let bytes)?:
            count?(Int64(bytes.readableBytes))
            return bytes
        case .end?:
            isEnded = true
            place = nil
            if let refusal = refusalAtEnd?() { throw refusal }
            return nil
        case .head?, nil:
            isBroken = true
            throw LarderError(.malformedRequest, "The connection ended before the body did; nothing was stored.")
        }
    }

    /// All of a small body.
    /// - Throws: `LarderError` `.entryTooLarge` beyond `limit`.
    package func collect(limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            guard bytes.count + piece.readableBytes <= limit else {
                throw LarderError(.entryTooLarge, "The body is larger than \(ByteCount(Int64(limit))), the limit here.")
            }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        return bytes
    }

    /// Reads on without keeping anything, so that the answer reaches a client that is still sending.
    /// - Returns: whether the body came to its end within `limit` bytes, so that the connection can take another
    ///   request.
    func drain(limit: Int) async -> Bool {
        // A client that still waits for 100 will not send the body, or will: there is no telling.
        if sendContinue != nil { return isEnded }
        gate = nil
        place = nil
        var count = 0
        while !isEnded, !isBroken, count <= limit {
            guard let piece = try? await next() else { break }
            count += piece.readableBytes
        }
        return isEnded && count <= limit
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
