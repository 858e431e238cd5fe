import NIOCore

/// An entry that is being read.
public struct EntryContent: Sendable {
    /// What the server knows of it.
    public let entry: Entry
    /// Which bytes ``body`` holds; nil: all of them.
    public let range: Range<Int64>?
    /// The content, once.
    public let body: EntryBody

    /// Writes the content to a file. The name shows either what it showed before or all of the content, also when this
    /// fails.
    /// - Parameters:
    ///   - path: the file; what isn't a regular file (`/dev/null`, a pipe) is written to directly.
    ///   - report: called once a chunk with the bytes written so far.
    /// - Throws: ``LarderClientError``: `fileError` when the file can't be written, `connectionLost`, `corruptEntry`
    ///   and others.
    public func save(to path: String, reporting report: ((_ savedBytes: Int64) -> Void)? = nil) async throws {
        let file = try await FileReplacement.begin(path)
        try await file.undoing {
            var savedBytes: Int64 = 0
            for try await chunk in body {
                try await file.write(chunk)
                savedBytes += Int64(chunk.readableBytes)
                report?(savedBytes)
            }
            try await file.commit()
        }
    }
}
