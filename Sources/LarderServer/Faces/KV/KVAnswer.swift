import LarderHTTP
import LarderModel
import NIOHTTP1

/// The envelope of all of the face's answers but values.
///
///     {"success":true,"errors":[],"messages":[],"result":…,"result_info":{…}?}
///     {"success":false,"errors":[{"code":10009,"message":"…"}],"messages":[],"result":null}
enum KVAnswer {
    /// - Parameters:
    ///   - info: writes the fields of `result_info`; nil: there is none.
    ///   - result: writes the result.
    static func result(
        capacity: Int = 200, info: ((inout JSONWriter) -> Void)? = nil, _ result: (inout JSONWriter) -> Void
    ) -> Answer {
        var json = JSONWriter(capacity: capacity)
        json.object { json in
            json.field("success", true)
            json.field("errors", raw: noItems)
            json.field("messages", raw: noItems)
            json.name("result")
            result(&json)
            guard let info else { return }
            json.name("result_info")
            json.object(info)
        }
        return .json(.ok, json.bytes)
    }

    /// A result that says nothing but that it is done.
    static var done: Answer { result { $0.object { _ in } } }

    /// How many keys a bulk has changed: all.
    static func done(keys count: Int) -> Answer {
        result { json in
            json.object { json in
                json.field("successful_key_count", count)
                json.field("unsuccessful_keys", raw: noItems)
            }
        }
    }

    static func failure(_ status: HTTPResponseStatus, _ code: Code, _ message: String) -> Answer {
        var json = JSONWriter()
        json.object { json in
            json.field("success", false)
            json.name("errors")
            json.array([code]) { json, code in
                json.object { json in
                    json.field("code", code.rawValue)
                    json.field("message", message)
                }
            }
            json.field("messages", raw: noItems)
            json.name("result")
            json.null()
        }
        return .json(status, json.bytes)
    }

    static var noNamespace: Answer { failure(.notFound, .namespaceNotFound, "namespace not found") }
    static var titleTaken: Answer {
        failure(.badRequest, .titleTaken, "a namespace with this account ID and title already exists")
    }

    private static let noItems = Array("[]".utf8)

    /// Cloudflare's numbers.
    enum Code: Int {
        case noRoute = 7003
        case noMethod = 7001
        case authentication = 10_000
        case unavailable = 10_001
        case keyNotFound = 10_009
        case badTitle = 10_010
        case namespaceNotFound = 10_013
        case titleTaken = 10_014
        case tooManyRequests = 10_022
        case tooLarge = 10_024
        case badRequest = 10_029
        case keyTooLong = 10_030
    }
}

extension ErrorShape {
    /// Errors in Cloudflare's envelope, with its statuses: what is wrong with a request is 400, and a token that does
    /// not count, or may not, is 403.
    static let kv = ErrorShape { error, isStray in
        let (status, code) = isStray && error.code == .notFound ? (.notFound, .noRoute) : kvCode(error)
        var answer = KVAnswer.failure(status, code, code == .authentication ? "Authentication error" : error.message)
        if let seconds = ErrorTable.retryAfterSeconds(error.code) {
            answer.headers.add(name: "retry-after", value: "\(seconds)")
        }
        return answer
    }

    private static func kvCode(_ error: LarderError) -> (HTTPResponseStatus, KVAnswer.Code) {
        let status = ErrorTable.status(error.code)
        return switch error.code {
        case .unauthorized, .forbidden, .crossOrigin: (.forbidden, .authentication)
        case .notFound: (.notFound, .keyNotFound)
        case .methodNotAllowed: (status, .noMethod)
        case .targetTooLong: (status, .keyTooLong)
        case .entryTooLarge: (status, .tooLarge)
        case .tooManyRequests: (status, .tooManyRequests)
        case .invalidStore: (.badRequest, .badTitle)
        case .notJSON, .invalidDocument: (.badRequest, .badRequest)
        default: (status, status.code >= 500 ? .unavailable : .badRequest)
        }
    }
}
