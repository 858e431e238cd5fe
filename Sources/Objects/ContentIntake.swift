import Hashing
import Gzip
import LarderModel
import NIOCore

/// The computing that is done on content while it comes in: hashed, counted, and compressed where that helps.
struct ContentIntake {
    private let contentType: String
    private let compression: Policy.Compression
    private var hash = SHA256()
    private var size: Int64 = 0
    /// Chosen by the first piece.
    private var encoding: Encoding?
    private var packer: Packer?

    init(contentType: String, compression: Policy.Compression) {
        self.contentType = contentType
        self.compression = compression
    }

    /// Whether a piece was taken.
    var isBegun: Bool { encoding != nil }

    /// Takes the next piece.
    /// - Returns: bytes to store; may be none yet.
    mutating func take(_ piece: ByteBuffer) throws -> ByteBuffer {
        if encoding == nil { begin(piece) }
        size += Int64(piece.readableBytes)
        return try piece.withUnsafeReadableBytes { bytes in
            hash.update(bufferPointer: bytes)
            return try packer?.pack(bytes, finish: false)
        } ?? piece
    }

    private mutating func begin(_ first: ByteBuffer) {
        let encoding = first.withUnsafeReadableBytes { chooseEncoding($0) }
        self.encoding = encoding
        if encoding == .gzip { packer = Packer() }
    }

    /// Auto: media that is compressed already never; else when gzip saves a tenth of a sample.
    private func chooseEncoding(_ sample: UnsafeRawBufferPointer) -> Encoding {
        switch compression {
        case .always: return .gzip
        case .never: return .identity
        case .auto:
            guard !MediaType.isCompressed(contentType) else { return .identity }
            let part = Array(sample.prefix(64 << 10))
            return InlineObject.compress(part).count * 10 <= part.count * 9 ? .gzip : .identity
        }
    }

    /// What came of content that was taken piece by piece.
    struct End {
        let digest: Digest
        let size: Int64
        let encoding: Encoding
        /// The last bytes to store.
        let stored: ByteBuffer
    }

    /// Ends the content, and checks its compressed form.
    mutating func finish() throws -> End {
        guard let encoding, let digest = Digest(hash.finalize()) else {
            preconditionFailure("content was taken")
        }
        let stored = try packer?.finish(expecting: digest) ?? ByteBuffer()
        return End(digest: digest, size: size, encoding: encoding, stored: stored)
    }

    /// The whole content at once: small, to be kept in the index.
    func stageInline(_ plain: [UInt8]) -> StagedObject {
        InlineObject.stage(plain, contentType: contentType, compression: compression)
    }
}
