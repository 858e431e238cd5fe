import Housekeeping
import LarderHTTP
import LarderModel

/// What a request under `/v1/admin` is about (contract §4.6), tokens apart.
enum AdminRoute: Sendable {
    /// `/v1/admin/cleanup`, `/v1/admin/collect`, `/v1/admin/verify`
    case begin(JobKind)
    /// `/v1/admin/jobs`
    case jobs
    /// `/v1/admin/jobs/{id}`
    case job(Int64)

    /// - Parameter tail: the path behind `/v1/admin/`; nil when there is no slash.
    static func parse(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> AdminRoute {
        guard let tail else { throw Router.notFound(request) }
        switch Router.cut(tail) {
        case (let word, nil) where String(word) == "cleanup": return .begin(.cleanup)
        case (let word, nil) where String(word) == "collect": return .begin(.collect)
        case (let word, nil) where String(word) == "verify": return .begin(.verify)
        case (let word, let id) where String(word) == "jobs":
            guard let id, !id.isEmpty else { return .jobs }
            guard let number = String(id).flatMap({ Int64($0) }) else { throw missing(String(id) ?? "") }
            return .job(number)
        default: throw Router.notFound(request)
        }
    }

    static func missing(_ id: String) -> LarderError {
        LarderError(.notFound, "There is no job with the ID '\(id.prefix(40))'; the last hundred are remembered.")
    }
}
