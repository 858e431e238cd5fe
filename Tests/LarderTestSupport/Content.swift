import Hashing
package import LarderModel

/// Text as runs hold it: packs about six to one. It repeats itself only beyond what gzip looks back.
package func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = Seeded(seed)
    return repeated(seed == 1 ? textBlock : makeText(&random), to: count)
}

/// Bytes that nothing can pack.
package func noise(_ count: Int, seed: UInt64 = 2) -> [UInt8] {
    var random = Seeded(seed)
    return repeated(seed == 2 ? noiseBlock : makeNoise(&random), to: count)
}

package func sha256(_ bytes: [UInt8]) -> Digest? { Digest(SHA256.hash(data: bytes)) }

extension [UInt8] {
    package func chunks(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
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
            #"""
            {"agent":"director","status":"working","progress":\#(random.next() % 100),\#
            "data":{"scene":\#(random.next() % 7)}},
            """#
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
