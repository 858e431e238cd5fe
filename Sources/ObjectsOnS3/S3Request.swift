import Hashing
import LarderModel
import NIOCore
import NIOHTTP1
import SigV4

/// A request to a bucket, before it is signed.
struct S3Request: Sendable {
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Read from the disk while it is sent, and again for each try.
        case part(SpoolPart)
    }

    var method: HTTPMethod
    /// nil: the bucket itself.
    var key: String?
    var query: [(String, String)] = []
    /// Signed with the request; names in lower case.
    var fields: [(String, String)] = []
    var body = Body.none
    /// Statuses that are no failure, beside 2xx.
    var accepts: Set<UInt> = []
    /// Whether 200 may come with a document that says otherwise.
    var mayFailWithin = false

    init(_ method: HTTPMethod, _ key: String?) {
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
struct S3Answer: Sendable {
    let status: UInt
    let headers: HTTPHeaders
    let body: ByteBuffer

    /// By the service's clock; nil: it doesn't say.
    var date: Timestamp? { headers.first(name: "date").flatMap { Timestamp(httpDate: $0) } }
    var lastModified: Timestamp? { headers.first(name: "last-modified").flatMap { Timestamp(httpDate: $0) } }
    var etag: String { headers.first(name: "etag") ?? "" }
    var text: [UInt8] { Array(body.readableBytesView) }
}
