import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/`: a browser is shown to the console. For everything else there is nothing.
enum FrontDoor {
    /// - Returns: nil when the request does not come from somebody who wants to see a page.
    static func resource(for request: RequestHead) -> Resource? {
        guard request.method == .GET || request.method == .HEAD, request.accepts("text/html") else { return nil }
        return Resource((), kind)
    }

    private static let kind = ResourceKind<Void>(
        "front door", [.task(.GET, .HEAD, by: .anybody) { _, _, _ in redirect }])

    private static let redirect = Answer(
        .found, headers: ["location": "/console", "vary": "accept", "cache-control": "no-store"])
}
