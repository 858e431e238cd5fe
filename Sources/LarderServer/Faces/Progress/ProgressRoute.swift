import LarderHTTP
import LarderModel
import NIOHTTP1
import Logs

/// What a request to the progress face is about.
enum ProgressRoute: Sendable {
    /// `/v1/progress/{project}/{run}`
    case run(RunName)
    /// `/v1/progress`
    case runs
    /// `/.netlify/functions/progress`, which old clients call.
    case function

    /// Fields of every answer: the function of old apps is called from pages of other origins, the rest is not.
    var extraFields: HTTPHeaders { if case .function = self { ProgressFunction.corsHeaders } else { [:] } }

    /// The store of runs, unless `?store=` names an app's own.
    static let storeName = "progress"

    /// - Parameter tail: the path behind `/v1/progress/`; nil when there is no slash.
    static func parse(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> ProgressRoute {
        guard let tail, !tail.isEmpty else { return .runs }
        guard case (let project, let run?) = Router.cut(tail) else { throw Router.notFound(request) }
        return .run(try RunName(project: try text(project), run: try text(run)))
    }

    private static func text(_ bytes: Substring.UTF8View) throws(LarderError) -> String {
        guard let text = String(validating: PercentCoding.decode(bytes), as: UTF8.self) else {
            throw LarderError(.invalidKey, "A project or run ID must be UTF-8.")
        }
        return text
    }
}

extension RequestHead {
    /// Whether the client asks for an event stream (a type of higher or equal rank beside it makes no difference here).
    var wantsEventStream: Bool { headers.first(name: "accept")?.lowercased().contains("text/event-stream") ?? false }
}
