import Disk
import Foundation
import LarderModel
import NIOCore
import Objects
import struct Crypto.SHA256

/// Runs `body` with a data directory of its own, which is removed whatever happens. The pool has one thread, so work
/// given to it runs in the order it was given: a test that waits for its own step has waited for all before it.
func withObjects<R>(_ body: (ObjectStore) async throws -> R) async throws -> R {
    let path = FileManager.default.temporaryDirectory.path + "/larder-objects-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let pool = DiskPool(threads: 1)
    do {
        let result = try await body(ObjectStore(directory: try DataDirectory(path), pool: pool))
        try await pool.shutDown()
        return result
    } catch {
        try await pool.shutDown()
        throw error
    }
}

/// Runs `body` with a folder that is not there yet, and removes what it made.
func withPath<R>(_ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.path + "/larder-files-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

extension ObjectStore {
    /// What lies in `incoming/`, once everything given to the pool so far is done.
    func incoming() async throws -> [String] {
        let path = directory.incomingPath
        return try await pool.run { try FileSystem.list(path) }
    }

    /// Writes content in pieces of `pieceSize`.
    func write(
        _ bytes: [UInt8], as type: String = MediaType.octetStream, _ compression: Policy.Compression = .auto,
        pieceSize: Int = 64 << 10
    ) async throws -> StagedObject {
        let writer = ObjectWriter(store: self, contentType: type, compression: compression)
        var at = 0
        while at < bytes.count {
            let end = min(at + pieceSize, bytes.count)
            try await writer.append(ByteBuffer(bytes: bytes[at..<end]))
            at = end
        }
        return try await writer.finish()
    }

    func read(_ object: StagedObject, _ form: ContentReader.Form = .plain, _ range: Range<Int64>? = nil) async throws
        -> [UInt8]
    {
        let file = try await open(object.digest, object.encoding, size: object.size)
        return try await ContentReader(file, form, range: range, pool: pool).collect()
    }
}

extension ContentReader {
    func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() { bytes += Array(buffer: piece) }
        return bytes
    }
}

extension StagedObject {
    var isFile: Bool { if case .file = content { true } else { false } }
}

func sha256(_ bytes: [UInt8]) -> Digest? { Digest(Array(SHA256.hash(data: bytes))) }

/// Text as runs hold it: packs about six to one. It repeats itself only beyond what gzip looks back.
func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = Seeded(seed)
    return repeated(seed == 1 ? textBlock : makeText(&random), to: count)
}

/// Bytes that nothing can pack.
func noise(_ count: Int, seed: UInt64 = 2) -> [UInt8] {
    var random = Seeded(seed)
    return repeated(seed == 2 ? noiseBlock : makeNoise(&random), to: count)
}

private let blockSize = 96 << 10
private let textBlock: [UInt8] = {
    var random = Seeded(1)
    return makeText(&random)
}()
private let noiseBlock: [UInt8] = {
    var random = Seeded(2)
    return makeNoise(&random)
}()

private func makeText(_ random: inout Seeded) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < blockSize {
        bytes += Array(
            #"{"agent":"director","status":"working","progress":\#(random.next() % 100),"data":{"scene":\#(random.next() % 7)}},"#
                .utf8)
    }
    return bytes
}

private func makeNoise(_ random: inout Seeded) -> [UInt8] {
    (0..<blockSize / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
}

private func repeated(_ block: [UInt8], to count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count { bytes += block }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// A generator that gives the same values on every run (SplitMix64), so that a failure can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
