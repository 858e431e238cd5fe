import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension LarderClient {
    /// Writes stores of a site to a file as a text that other programs read: their rows at one moment. The file shows
    /// either what it showed before or all of the text.
    /// - Parameters:
    ///   - stores: their names; none: all that the token may read.
    ///   - path: the file; nil: standard output.
    ///   - report: called once a piece with the bytes written so far.
    /// - Throws: ``LarderClientError``: `notFound`, `forbidden`, `fileError`, `connectionLost` when the text ends too
    ///   early, and others.
    public func exportPortable(
        _ stores: [String] = [], format: PortableFormat, to path: String?,
        reporting report: (@Sendable (_ bytes: Int64) -> Void)? = nil
    ) async throws -> PortableOutcome {
        var request = WireRequest(.GET, "/v1/export")
        request.query = [("format", format.rawValue)] + stores.map { ("store", $0) }
        let response = try await transport.send(request)
        let body = EntryBody(chunks: response.body, server: transport.base.text, length: nil, digest: nil)
        guard let path else {
            let output = StandardOutput()
            return try await Self.carry(body, format, report) { try await output.write($0) }
        }
        let file = try await FileReplacement.begin(path)
        var outcome = PortableOutcome(bytes: 0, damaged: 0)
        try await file.undoing {
            outcome = try await Self.carry(body, format, report) { try await file.write($0) }
            try await file.commit()
        }
        return outcome
    }

    private static func carry(
        _ body: EntryBody, _ format: PortableFormat, _ report: (@Sendable (Int64) -> Void)?,
        to write: (ByteBuffer) async throws -> Void
    ) async throws -> PortableOutcome {
        var outcome = PortableOutcome(bytes: 0, damaged: 0)
        var end: [UInt8] = []
        for try await chunk in body {
            try await write(chunk)
            outcome.bytes += Int64(chunk.readableBytes)
            end = Array((end + chunk.readableBytesView.suffix(lastLineMax)).suffix(lastLineMax))
            report?(outcome.bytes)
        }
        guard let damaged = damaged(end, format) else {
            throw LarderClientError(.connectionLost, "The export ended before its last line; it is not whole.")
        }
        outcome.damaged = damaged
        return outcome
    }

    private static let lastLineMax = 100

    /// What the last line of a text says; nil: it is not the one that it should be.
    private static func damaged(_ end: [UInt8], _ format: PortableFormat) -> Int? {
        guard end.last == UInt8(ascii: "\n"),
            let line = end.dropLast().split(separator: UInt8(ascii: "\n")).last,
            line.starts(with: format.lastLine.utf8)
        else { return nil }
        return Int(
            String(decoding: line.dropFirst(format.lastLine.utf8.count).filter { 0x30...0x39 ~= $0 }, as: UTF8.self))
    }
}
