import LarderHTTP
import LarderModel

extension Face {
    /// The console: a page at `/console`, the files it is made of, and its sessions; and `/docs`, the page that shows
    /// `/openapi.json` to people.
    static let console = Face(
        label: "admin", errors: .json,
        routes: [
            Route("/console", credentials: [.token]) { path, _ in page(path.flatMap { String($0) } ?? "") },
            Route("/docs", credentials: [.token]) { path, _ in path == nil ? page("docs.html") : nil },
            Route("/console/session", credentials: [.token, .cookie]) { path, _ in
                guard let path else { return Resource((), ConsoleSession.kind) }
                return page("session/" + (String(path) ?? ""))
            },
        ])

    private static func page(_ path: String) -> Resource? { Resource(path, ConsoleFiles.kind) }
}
