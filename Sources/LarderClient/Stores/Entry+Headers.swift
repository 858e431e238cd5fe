import Foundation
import NIOHTTP1

extension Entry {
    /// An entry from the headers of an answer to GET or HEAD:
    ///
    ///     ETag · Content-Type · Content-Length · Larder-Metadata: {json in ASCII} · Larder-Sha256: hex · Larder-Size
    ///     Larder-Stored-Size · Larder-Encoding · Larder-Created · Larder-Modified · Larder-Expires: ISO 8601
    ///
    /// - Throws: ``LarderClientError`` `invalidResponse` when the server left one out.
    init(key: String, headers: HTTPHeaders) throws {
        func field(_ name: String) throws -> String {
            guard let value = headers.first(name: name) else {
                throw LarderClientError(.invalidResponse, "The server's answer has no \(name): is it a Larder server?")
            }
            return value
        }
        func time(_ name: String) throws -> Date {
            guard let date = ClientJSON.date(try field(name)) else {
                throw LarderClientError(.invalidResponse, "The server's \(name) is not an ISO 8601 time.")
            }
            return date
        }
        func bytes(_ name: String) throws -> Int64 {
            guard let number = Int64(try field(name)), number >= 0 else {
                throw LarderClientError(.invalidResponse, "The server's \(name) is not a number of bytes.")
            }
            return number
        }
        let metadata = try headers.first(name: "larder-metadata").map {
            try EntryMetadata(json: Array($0.utf8))
        }
        self.init(
            key: key, size: try bytes("larder-size"), etag: try field("etag"), contentType: try field("content-type"),
            metadata: metadata ?? [:],
            createdAt: try time("larder-created"), modifiedAt: try time("larder-modified"),
            expiresAt: headers.contains(name: "larder-expires") ? try time("larder-expires") : nil,
            sha256: headers.first(name: "larder-sha256") ?? "", storedSize: try bytes("larder-stored-size"),
            encoding: try field("larder-encoding"))
    }
}
