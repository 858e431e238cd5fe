package import LarderModel

/// One-shot forms for content that is in memory anyway.
package enum Gzip {
    /// - Returns: the gzip form.
    package static func encode(_ bytes: UnsafeRawBufferPointer, with encoder: GzipEncoder) -> [UInt8] {
        encoder.reset()
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count / 4 + 64)
        encoder.encode(bytes, finish: true, into: &output)
        return output
    }

    /// - Parameter limit: the most plain bytes there may be.
    /// - Throws: `LarderError` `.corruptEntry` when it is not gzip or expands beyond the limit.
    package static func decode(_ bytes: [UInt8], limit: Int) throws(LarderError) -> [UInt8] {
        let decoder = GzipDecoder()
        var output: [UInt8] = []
        output.reserveCapacity(limit)
        do {
            try bytes.withUnsafeBytes { input in
                try decoder.decode(input) { piece in
                    guard output.count + piece.count <= limit else { throw GzipDecoder.Failure.notGzip }
                    output.append(contentsOf: piece)
                }
            }
            try decoder.finish()
        } catch {
            throw LarderError(.corruptEntry, "The stored content is damaged; write it again.", cause: "gzip: \(error)")
        }
        return output
    }
}
