import Hashing
package import LarderModel
package import NIOCore
package import NIOHTTP1
import SigV4

/// A request to a bucket, before it is signed.
package struct S3Request: Sendable {
    package enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Read from the disk while it is sent, and again for each try.
        case part(SpoolPart)
    }

    package var method: HTTPMethod
    /// nil: the bucket itself.
    package var key: String?
    package var query: [(String, String)] = []
    /// Signed with the request; names in lower case.
    package var fields: [(String, String)] = []
    package var body = Body.none
    /// Statuses that are no failure, beside 2xx.
    package var accepts: Set<UInt> = []
    /// Whether 200 may come with a document that says otherwise.
    package var mayFailWithin = false

    package init(_ method: HTTPMethod, _ key: String?) {
        self.method = method
        self.key = key
    }

    var payload: RequestSigner.Payload {
        switch body {
        case .none: .empty
        case .bytes(let bytes): .hashed(SHA256.hash(data: Array(bytes.readableBytesView)).hex)
        case .part(let part): .hashed(part.sha256)
        }
    }

    var length: Int64 {
        switch body {
        case .none: 0
        case .bytes(let bytes): Int64(bytes.readableBytes)
        case .part(let part): part.size
        }
    }
}

/// An answer, whole.
package struct S3Answer: Sendable {
    package let status: UInt
    package let headers: HTTPHeaders
    package let body: ByteBuffer

    /// By the service's clock; nil: it doesn't say.
    package var date: Timestamp? { headers.first(name: "date").flatMap { Timestamp(httpDate: $0) } }
    package var lastModified: Timestamp? { headers.first(name: "last-modified").flatMap { Timestamp(httpDate: $0) } }
    package var etag: String { headers.first(name: "etag") ?? "" }
    package var text: [UInt8] { Array(body.readableBytesView) }
}
