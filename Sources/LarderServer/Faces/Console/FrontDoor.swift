import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/`: a browser is shown to the console. For everything else there is nothing.
enum FrontDoor {
    static let kind = ResourceKind<Void>(
        "front door", [.task(.GET, .HEAD, by: .anybody) { _, _, _ in redirect }])

    private static let redirect = Answer(
        .found, headers: ["location": "/console", "vary": "accept", "cache-control": "no-store"])

    /// Whether a request comes from somebody who wants to see a page.
    static func isForPeople(_ request: RequestHead) -> Bool {
        (request.method == .GET || request.method == .HEAD) && request.accepts("text/html")
    }
}
