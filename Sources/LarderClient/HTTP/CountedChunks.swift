import NIOCore

/// Chunks that are counted as they are taken.
struct CountedChunks<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable where Base.Element == ByteBuffer {
    typealias Element = ByteBuffer
    let base: Base
    let report: UploadBody.Report?

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), report: report) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        let report: UploadBody.Report?
        var sentBytes: Int64 = 0

        mutating func next() async throws -> ByteBuffer? {
            guard let chunk = try await base.next() else { return nil }
            sentBytes += Int64(chunk.readableBytes)
            report?(sentBytes)
            return chunk
        }
    }
}
