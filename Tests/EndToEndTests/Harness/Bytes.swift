import CZlib
import Hashing
import Foundation
import Testing

/// Content to store.
enum Bytes {
    /// Bytes that do not compress; the same for the same seed.
    static func noise(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(size + SHA256.byteCount)
        // A counter through SHA-256 is fast even in a debug build, where a hand-written generator is not.
        var counter = seed &* 0x1_0000_0000
        while out.count < size {
            out += withUnsafeBytes(of: counter) { SHA256.hash(data: $0) }
            counter &+= 1
        }
        out.removeLast(out.count - size)
        return out
    }

    /// Text that compresses well.
    static func prose(_ size: Int) -> [UInt8] {
        let sentence = Array("The tide turned at the lantern quay, and 17 gulls followed the ferry home. ".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(size + sentence.count)
        while out.count < size { out.append(contentsOf: sentence) }
        out.removeLast(out.count - size)
        return out
    }

    static func sha256(_ bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }
    static func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    /// A gzip member (RFC 1952).
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else {
            throw ZlibError(code: Z_MEM_ERROR)
        }
        defer { deflateEnd(&stream) }
        return try run(&stream, bytes) { deflate(&$0, Z_FINISH) }
    }

    static func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw ZlibError(code: Z_MEM_ERROR)
        }
        defer { inflateEnd(&stream) }
        return try run(&stream, bytes) { inflate(&$0, Z_NO_FLUSH) }
    }

    struct ZlibError: Error {
        let code: Int32
    }

    private static func run(_ stream: inout z_stream, _ input: [UInt8], _ step: (inout z_stream) -> Int32) throws
        -> [UInt8]
    {
        var input = input
        var out: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var code = Z_OK
        try input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            while code != Z_STREAM_END {
                let made = chunk.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    code = step(&stream)
                    return target.count - Int(stream.avail_out)
                }
                guard code == Z_OK || code == Z_STREAM_END, made > 0 || code == Z_STREAM_END else {
                    throw ZlibError(code: code)
                }
                out.append(contentsOf: chunk[..<made])
            }
        }
        return out
    }
}

/// Content named by how it is made, for test arguments: the bytes themselves would be printed.
enum Content: Sendable, CustomTestStringConvertible {
    case noise(Int)
    case prose(Int)

    var bytes: [UInt8] {
        switch self {
        case .noise(let size): Bytes.noise(size)
        case .prose(let size): Bytes.prose(size)
        }
    }

    var testDescription: String {
        switch self {
        case .noise(let size): "\(size) bytes of noise"
        case .prose(let size): "\(size) bytes of prose"
        }
    }
}

/// Stands for bytes in an expectation, which would print them all, and how they differ, when it fails.
struct Fingerprint: Equatable, Sendable, CustomStringConvertible {
    private let size: Int
    private let sha256: String

    init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        size = bytes.count
        sha256 = Bytes.sha256(bytes)
    }

    var description: String { "\(size) bytes, sha256 \(sha256.prefix(12))…" }
}

/// A large body in chunks, and its digest, without ever holding it whole.
struct LargeBody: Sendable {
    let size: Int
    private let block: [UInt8]

    init(size: Int) {
        self.size = size
        block = Bytes.noise(Request.chunkSize, seed: 99)
    }

    /// No two chunks are alike, so a chunk lost or swapped changes the digest.
    func chunk(_ number: Int, _ size: Int) -> [UInt8] {
        var chunk = Array(block[..<size])
        withUnsafeBytes(of: UInt64(number)) { chunk.replaceSubrange(0..<min(8, size), with: $0.prefix(size)) }
        return chunk
    }

    var body: Request.Body { .stream(size: size) { number, size in self.chunk(number, size) } }

    var sha256: String {
        var hash = SHA256()
        var number = 0
        var left = size
        while left > 0 {
            let chunk = chunk(number, min(Request.chunkSize, left))
            hash.update(data: chunk)
            left -= chunk.count
            number += 1
        }
        return Bytes.hex(hash.finalize())
    }
}

extension [UInt8] {
    var fingerprint: Fingerprint { Fingerprint(self) }
}

extension Reply {
    /// Of the body.
    var fingerprint: Fingerprint { Fingerprint(body) }
}
