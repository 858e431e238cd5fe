package import LarderModel
import NIOHTTP1

/// Lists, a page at a time.
extension S3Client {
    /// Keys that begin with something, in pages.
    /// - Parameter limit: of the keys; nil: all of them.
    package func keys(_ prefix: String, limit: Int? = nil) async throws -> [String] {
        try await list(prefix, limit: limit).map(\.key)
    }

    /// What a list says of an object.
    package struct Listed: Sendable {
        package let key: String
        /// Bytes; 0 where the service doesn't say.
        package let size: Int64
        /// By the clock of the service; nil: it doesn't say.
        package let modifiedAt: Timestamp?
    }

    /// The same with what a list says of each.
    package func list(_ prefix: String, limit: Int? = nil) async throws -> [Listed] {
        var found: [Listed] = []
        var token: String?
        repeat {
            var request = S3Request(.GET, nil)
            let count = min(limit ?? pageMax, pageMax)
            request.query = [("list-type", "2"), ("max-keys", "\(count)"), ("prefix", prefix)]
            if let token { request.query.append(("continuation-token", token)) }
            let page = try document(try await answer(request), "ListBucketResult")
            found += page.all("Contents").compactMap { element in
                element["Key"].map { key in
                    Listed(
                        key: key, size: element["Size"].flatMap { Int64($0) } ?? 0,
                        modifiedAt: element["LastModified"].flatMap { Timestamp(listed: $0) })
                }
            }
            token = page["IsTruncated"] == "true" ? page["NextContinuationToken"] : nil
        } while token != nil && found.count < limit ?? .max
        return found
    }

    package struct OpenUpload: Sendable {
        package let key: String
        package let id: String
        /// When it began, and how long ago that is, by the clock of the service.
        package let begunAt: Timestamp
        package let age: Duration
    }

    /// Uploads in parts that are under way, or were when somebody died.
    package func openUploads(_ prefix: String) async throws -> [OpenUpload] {
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
                    let begun = upload["Initiated"].flatMap({ Timestamp(listed: $0) })
                else { continue }
                uploads.append(
                    OpenUpload(
                        key: key, id: id, begunAt: begun,
                        age: .milliseconds(now.milliseconds - begun.milliseconds)))
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
