import AsyncHTTPClient
import LarderModel
import NIOCore
import NIOHTTP1

/// What is done with one key.
extension S3Client {
    /// What a bucket says of an object without giving it.
    package struct Head: Sendable {
        package let size: Int64
        package let etag: String
        /// By the clock of the service.
        package let age: Duration
    }

    /// nil: there is none.
    package func head(_ key: String) async throws -> Head? {
        var request = S3Request(.HEAD, key)
        request.accepts = [404]
        let answer = try await answer(request)
        guard answer.status != 404 else { return nil }
        guard let size = answer.headers.first(name: "content-length").flatMap({ Int64($0) }), size >= 0 else {
            throw S3Failure.lost("an answer to HEAD without a length")
        }
        // What is of no known age is taken for young: nobody removes that.
        var age = Duration.zero
        if let now = answer.date, let then = answer.lastModified {
            age = max(.milliseconds(now.milliseconds - then.milliseconds), .zero)
        }
        return Head(size: size, etag: answer.etag, age: age)
    }

    /// The content of a small object; nil: there is none.
    package func get(_ key: String, _ patience: S3Patience? = nil) async throws -> S3Answer? {
        var request = S3Request(.GET, key)
        request.accepts = [404]
        let answer = try await answer(request, patience)
        guard answer.status == 404 else { return answer }
        // That the bucket is missing is another thing.
        let code = XMLText.parse(answer.text)?["Code"] ?? ""
        guard code != "NoSuchBucket" else { throw S3Failure.answered(status: 404, code: code, request: "") }
        return nil
    }

    /// The bytes of a stretch of a small object, as the service answers it.
    package func stretch(_ key: String, _ range: Range<Int64>) async throws -> [UInt8] {
        var request = S3Request(.GET, key)
        request.fields = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        request.accepts = [404, 416]
        return try await answer(request).text
    }

    /// A stretch of an object, while it is still the very one, as far as the service keeps to that condition.
    /// - Returns: an answer, and how many of its first bytes lie before the stretch: a service that knows no ranges
    ///   answers with all of the object. One that says 200 to a range and gives it all the same says which it is.
    func open(_ key: String, _ range: Range<Int64>, etag: String) async throws -> (HTTPClientResponse, ahead: Int64) {
        var request = S3Request(.GET, key)
        if !etag.isEmpty { request.fields.append(("if-match", etag)) }
        request.fields.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        let response = try await stream(request)
        let given = response.headers.first(name: "content-range")
        if given == nil, response.status == .ok { return (response, range.lowerBound) }
        guard given?.hasPrefix("bytes \(range.lowerBound)-") ?? false else {
            throw S3Failure.lost("an answer that is not the range that was asked for")
        }
        return (response, 0)
    }

    /// - Returns: the ETag.
    package func put(_ key: String, _ body: S3Request.Body, fields: [(String, String)] = []) async throws -> String {
        var request = S3Request(.PUT, key)
        request.body = body
        request.fields = fields
        return try await answer(request).etag
    }

    /// Removing what is not there is no error.
    package func delete(_ key: String) async throws {
        var request = S3Request(.DELETE, key)
        request.accepts = [404]
        _ = try await answer(request)
    }

    /// Copies an object that is still the very one.
    /// - Returns: false when it is not, or is gone.
    package func copy(_ key: String, to target: String, etag: String) async throws -> Bool {
        var request = S3Request(.PUT, target)
        request.fields = [
            ("x-amz-copy-source", "/\(address.bucket)/\(key)"), ("x-amz-copy-source-if-match", etag),
        ]
        request.mayFailWithin = true
        do { _ = try await answer(request) } catch let failure as S3Failure
            where failure.status == 412 || failure.code == "NoSuchKey"
        { return false }
        return true
    }
}
