import LarderModel
import NIOCore
import NIOHTTP1

/// Content in parts.
extension S3Client {
    /// Parts of one upload on their way at once.
    private static let partsAtOnce = 3
    /// From the first part to the begin of the last: what is older than an hour others take away.
    private static let uploadMax = Duration.seconds(45 * 60)

    /// Puts content whole, or in parts where it has several; then what was left of a failure is taken away.
    /// - Returns: the ETag.
    package func upload(_ parts: [SpoolPart], to key: String) async throws -> String {
        if parts.count == 1 { return try await put(key, .part(parts[0])) }
        let id = try await beginParts(key)
        do {
            let etags = try await send(parts, to: key, id)
            return try await completeParts(key, id, etags, size: parts.reduce(0) { $0 + $1.size })
        } catch {
            // In a task of its own, so that one who gave up still cleans up. What it can't, the collector does.
            Task { try? await self.abort(key, id) }
            throw error
        }
    }

    private func beginParts(_ key: String) async throws -> String {
        var request = S3Request(.POST, key)
        request.query = [("uploads", "")]
        request.mayFailWithin = true
        // By what is in it: not every service calls the document InitiateMultipartUploadResult.
        guard let id = XMLText.parse(try await answer(request).text)?["UploadId"], !id.isEmpty else {
            throw S3Failure.lost("an upload without a number")
        }
        return id
    }

    private func send(_ parts: [SpoolPart], to key: String, _ id: String) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var etags = [String](repeating: "", count: parts.count)
            let begun = ContinuousClock.now
            for (number, part) in parts.enumerated() {
                guard ContinuousClock.now - begun < Self.uploadMax else {
                    throw S3Failure.lost("an upload took longer than 45 minutes")
                }
                if number >= Self.partsAtOnce, let (done, etag) = try await group.next() { etags[done] = etag }
                group.addTask {
                    var request = S3Request(.PUT, key)
                    request.query = [("partNumber", "\(number + 1)"), ("uploadId", id)]
                    request.body = .part(part)
                    return (number, try await self.answer(request).etag)
                }
            }
            for try await (done, etag) in group { etags[done] = etag }
            return etags
        }
    }

    private func completeParts(_ key: String, _ id: String, _ etags: [String], size: Int64) async throws -> String {
        var request = S3Request(.POST, key)
        request.query = [("uploadId", id)]
        let parts = etags.enumerated().map { number, etag in
            "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(etag)</ETag></Part>"
        }
        request.body = .bytes(
            ByteBuffer(string: "<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>"))
        request.mayFailWithin = true
        do {
            let done = XMLText.parse(try await answer(request).text)
            if done?.name == "CompleteMultipartUploadResult", let etag = done?["ETag"], !etag.isEmpty { return etag }
        } catch let failure as S3Failure where failure.code == "NoSuchUpload" {
            // A try before whose answer was lost may have done it: then it is there, whole.
        }
        guard let head = try await head(key), head.size == size else {
            throw S3Failure.lost("an upload that was completed is not there")
        }
        return head.etag
    }

    package func abort(_ key: String, _ id: String) async throws {
        var request = S3Request(.DELETE, key)
        request.query = [("uploadId", id)]
        request.accepts = [404]
        _ = try await answer(request)
    }
}
