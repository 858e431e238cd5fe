import LarderHTTP
import LarderModel

/// What a request to the memory face is about: `/v1/memory/{project}[/{part}]`.
struct MemoryRoute: Sendable {
    enum Part: String, Sendable, CaseIterable { case runs, ratings, preferences, suggestions, rebuild }

    let project: String
    /// nil: the document.
    let part: Part?

    /// The store of memories, unless `?store=` names an app's own.
    static let storeName = "memory"

    /// - Parameter tail: the path behind `/v1/memory/`; nil when there is no slash.
    static func parse(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> MemoryRoute {
        guard let tail, !tail.isEmpty else { throw Router.notFound(request) }
        let (projectText, rest) = Router.cut(tail)
        guard let project = String(validating: PercentCoding.decode(projectText), as: UTF8.self), !project.isEmpty,
            !project.utf8.contains(UInt8(ascii: "/"))
        else { throw LarderError(.invalidKey, "A project ID is UTF-8, not empty, and holds no '/'.") }
        guard let rest, !rest.isEmpty else { return MemoryRoute(project: project, part: nil) }
        guard let part = Part(rawValue: String(Substring(rest))) else { throw Router.notFound(request) }
        return MemoryRoute(project: project, part: part)
    }
}
