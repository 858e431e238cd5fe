import AsyncHTTPClient
public import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The content of an entry on its way to the server. Whatever its size, it streams in constant memory, except what is
/// in memory already.
public struct UploadBody: Sendable {
    typealias Report = @Sendable (_ sentBytes: Int64) -> Void

    /// Whether it can be sent again after a 429 or 503.
    private enum Replay: Sendable {
        case always
        case never
        /// A pipe's content is gone once it was read.
        case ifRegularFile(String)
    }

    private let replay: Replay
    private let make: @Sendable (Report?) async throws -> HTTPClientRequest.Body
    private var report: Report?

    private init(_ replay: Replay, make: @escaping @Sendable (Report?) async throws -> HTTPClientRequest.Body) {
        self.replay = replay
        self.make = make
    }

    /// Bytes in memory.
    public static func bytes(_ buffer: ByteBuffer) -> UploadBody {
        UploadBody(.always) { _ in .bytes(buffer) }
    }

    /// Bytes in memory.
    public static func bytes(_ bytes: [UInt8]) -> UploadBody { .bytes(ByteBuffer(bytes: bytes)) }

    /// Text, as UTF-8.
    public static func text(_ text: String) -> UploadBody { .bytes(ByteBuffer(string: text)) }

    /// A sequence of chunks, gone through once: it is not sent again when the server is busy.
    /// - Parameters:
    ///   - chunks: the content. An error that it throws ends the request and comes out of it unchanged.
    ///   - length: its bytes in all, which must be right; nil when unknown (sent in HTTP chunks).
    public static func stream<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, length: Int64? = nil) -> UploadBody
    where Chunks.Element == ByteBuffer {
        UploadBody(.never) { report in
            .stream(CountedChunks(base: chunks, report: report), length: length.map { .known($0) } ?? .unknown)
        }
    }

    /// A file, opened when it is sent and read piece by piece; what is not a regular file (a pipe) is sent with unknown
    /// length, once.
    ///
    /// A request that sends it throws ``LarderClientError`` `fileError` when it can't be read or shrinks meanwhile;
    /// what is added to it meanwhile is not sent.
    public static func file(_ path: String) -> UploadBody {
        UploadBody(.ifRegularFile(path)) { report in
            let file = try await OpenFile.open(path, flags: O_RDONLY)
            let status = try await file.status()
            guard status.isRegular else {
                return .stream(CountedChunks(base: FileChunks(file), report: report), length: .unknown)
            }
            let chunks = FileChunks(file, limit: status.size)
            return .stream(CountedChunks(base: chunks, report: report), length: .known(status.size))
        }
    }

    /// The same content, which tells how much of it was handed to the connection: bytes from the beginning, called once
    /// a chunk from any thread, from zero again when it is sent again. Content in memory doesn't tell.
    public func reporting(_ report: @escaping @Sendable (_ sentBytes: Int64) -> Void) -> UploadBody {
        var copy = self
        copy.report = report
        return copy
    }

    func isReplayable() async -> Bool {
        switch replay {
        case .always: true
        case .never: false
        case .ifRegularFile(let path): (try? await LocalFile.size(path)) != nil
        }
    }

    func prepare() async throws -> HTTPClientRequest.Body { try await make(report) }
}
