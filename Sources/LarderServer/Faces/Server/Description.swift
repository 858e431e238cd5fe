import APIDescription
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// `/openapi.json`: what the native face is, for programs. Needs no token: it says nothing that the sources don't.
enum Description {
    static let kind = ResourceKind<Void>(
        "description", [.task(.GET, .HEAD, by: .anybody) { _, call, _ in try answer(call.request) }])

    /// Made by the first request that asks for it: some milliseconds, once.
    private static let description = Result<APIDescription, any Error> { try APIDescription() }

    private static func answer(_ request: RequestHead) throws -> Answer {
        let description = try description.get()
        let headers: HTTPHeaders = [
            "etag": description.etag.quoted, "cache-control": "no-cache", "x-content-type-options": "nosniff",
        ]
        if request.preconditions().ifNoneMatch?.matches(description.etag) ?? false {
            return Answer(.notModified, headers: headers)
        }
        var answer = Answer(.ok, headers: headers, body: .bytes(ByteBuffer(bytes: description.json)))
        answer.headers.add(name: "content-type", value: MediaType.json)
        return answer
    }
}
