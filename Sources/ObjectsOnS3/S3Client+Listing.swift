import LarderModel
import NIOHTTP1

/// Lists, a page at a time.
extension S3Client {
    /// Keys that begin with something, in pages.
    /// - Parameter limit: of the keys; nil: all of them.
    func keys(_ prefix: String, limit: Int? = nil) async throws -> [String] {
        var keys: [String] = []
        var token: String?
        repeat {
            var request = S3Request(.GET, nil)
            let count = min(limit ?? pageMax, pageMax)
            request.query = [("list-type", "2"), ("max-keys", "\(count)"), ("prefix", prefix)]
            if let token { request.query.append(("continuation-token", token)) }
            let page = try document(try await answer(request), "ListBucketResult")
            keys += page.all("Contents").compactMap { $0["Key"] }
            token = page["IsTruncated"] == "true" ? page["NextContinuationToken"] : nil
        } while token != nil && keys.count < limit ?? .max
        return keys
    }

    struct OpenUpload: Sendable {
        let key: String
        let id: String
        /// By the clock of the service.
        let age: Duration
    }

    /// Uploads in parts that are under way, or were when somebody died.
    func openUploads(_ prefix: String) async throws -> [OpenUpload] {
        var uploads: [OpenUpload] = []
        var next: (key: String, id: String)?
        repeat {
            var request = S3Request(.GET, nil)
            request.query = [("max-uploads", "\(pageMax)"), ("prefix", prefix), ("uploads", "")]
            if let next { request.query += [("key-marker", next.key), ("upload-id-marker", next.id)] }
            let answer = try await answer(request)
            let page = try document(answer, "ListMultipartUploadsResult")
            for upload in page.all("Upload") {
                guard let key = upload["Key"], let id = upload["UploadId"], let now = answer.date,
                    let begun = upload["Initiated"].flatMap({ Timestamp(iso8601: $0) })
                else { continue }
                uploads.append(
                    OpenUpload(key: key, id: id, age: .milliseconds(now.milliseconds - begun.milliseconds)))
            }
            let isMore = page["IsTruncated"] == "true"
            next = isMore ? page["NextKeyMarker"].map { ($0, page["NextUploadIdMarker"] ?? "") } : nil
        } while next != nil
        return uploads
    }

    func document(_ answer: S3Answer, _ name: String) throws -> XMLText.Element {
        guard let document = XMLText.parse(answer.text), document.name == name else {
            throw S3Failure.lost("an answer that is no \(name)")
        }
        return document
    }
}
