import AsyncHTTPClient
import LarderModel
package import NIOCore
package import Objects
import Synchronization

/// An object of a bucket, open. Who reads on where the last read ended gets the rest of the answer that is under way;
/// everybody else makes a request for his range. At most one answer is held, and of it what the connection buffers.
package final class S3Source: ObjectSource {
    package let stamp: ObjectStamp
    private let client: S3Client
    private let key: String
    private let etag: String
    /// Held as long as it is read, so that whoever would remove it can tell.
    private let hold: (any Sendable)?
    private let idle = Mutex<Stretch?>(nil)

    /// An answer that is being read.
    private struct Stretch: @unchecked Sendable {
        // Handed from one owner to the next through the mutex, never shared.
        var pieces: HTTPClientResponse.Body.AsyncIterator
        /// Bytes still to come that lie before the position.
        var ahead: Int64
        /// What came and was not asked for yet.
        var rest = ByteBuffer()
        var position: Int64
        let end: Int64
    }

    /// Answers that end early, one after another.
    private static let lossesMax = 4

    /// - Parameter hold: kept until the last reader goes; nil: nothing is.
    package init(_ client: S3Client, _ key: String, _ head: S3Client.Head, hold: (any Sendable)? = nil) {
        self.client = client
        self.key = key
        self.hold = hold
        etag = head.etag
        stamp = ObjectStamp(size: head.size, etag: head.etag)
    }

    package func read(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer {
        let wanted = Int(min(Int64(count), stamp.size - offset))
        guard wanted > 0 else { return ByteBuffer() }
        var stretch = idle.withLock { idle -> Stretch? in
            guard idle?.position == offset else { return nil }
            defer { idle = nil }
            return idle
        }
        var found = ByteBuffer()
        var losses = 0
        while found.readableBytes < wanted {
            let position = offset + Int64(found.readableBytes)
            do {
                var open =
                    if let stretch { stretch } else {
                        try await begin(position..<min(max(end, offset + Int64(wanted)), stamp.size))
                    }
                let piece = try await Self.next(&open, max: wanted - found.readableBytes)
                stretch = open
                found.writeImmutableBuffer(piece)
                losses = 0
            } catch {
                stretch = nil
                losses += 1
                try await give(up: error, after: losses)
            }
        }
        await keep(stretch)
        return found
    }

    private func begin(_ range: Range<Int64>) async throws -> Stretch {
        let (response, ahead) = try await client.open(key, range, etag: etag)
        return Stretch(
            pieces: response.body.makeAsyncIterator(), ahead: ahead, position: range.lowerBound, end: range.upperBound)
    }

    /// - Returns: at least one byte.
    private static func next(_ stretch: inout Stretch, max: Int) async throws -> ByteBuffer {
        while stretch.rest.readableBytes == 0 {
            guard let piece = try await stretch.pieces.next() else { throw S3Failure.lost("an answer ended early") }
            stretch.rest = piece
            let skipped = Int(min(stretch.ahead, Int64(piece.readableBytes)))
            stretch.rest.moveReaderIndex(forwardBy: skipped)
            stretch.ahead -= Int64(skipped)
        }
        let piece = stretch.rest.readSlice(length: min(max, stretch.rest.readableBytes)) ?? ByteBuffer()
        stretch.position += Int64(piece.readableBytes)
        return piece
    }

    /// Throws unless another request may help.
    private func give(up error: any Error, after losses: Int) async throws {
        try Task.checkCancellation()
        let failure = error as? S3Failure ?? .lost("\(error)")
        if failure.status == 404 || failure.status == 412 || failure.status == 416 {
            throw LarderError(
                .corruptEntry, client.use.whenMissing,
                cause: "object \(key.split(separator: "/").last ?? ""): \(failure)")
        }
        // The client has tried several times already when there was no answer at all.
        guard case .lost = failure, losses < Self.lossesMax, !client.health.isAway else {
            throw client.error(failure)
        }
    }

    /// An answer that is read to its end gives its connection back.
    private func keep(_ stretch: Stretch?) async {
        guard var stretch else { return }
        if stretch.position >= stretch.end {
            _ = try? await stretch.pieces.next()
            return
        }
        idle.withLock { $0 = stretch }
    }
}
