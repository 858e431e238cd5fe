import ConsolePages
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// The console's page and its files. They hold nothing of anybody's, so no token is needed to read them; what they show
/// comes from the other faces.
enum ConsoleFiles {
    /// By path below `/console/`; empty: the page itself.
    static let kind = ResourceKind<String>(
        "console", [.task(.GET, .HEAD, by: .anybody) { path, call, _ in try answer(path, call.request) }])

    /// Nothing from elsewhere, nothing inline, nothing that turns text into markup, no frame around it.
    static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        + "media-src 'self' blob:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'"

    private struct File {
        let bytes: ByteBuffer
        let headers: HTTPHeaders
        let etag: String
    }

    private static let files: [String: File] = {
        var files: [String: File] = [:]
        for page in ConsolePage.all {
            let etag = "\"\(page.version)\""
            let headers: HTTPHeaders = [
                "content-type": contentType(page.path), "etag": etag, "cache-control": "no-cache",
                "content-security-policy": contentSecurityPolicy, "x-content-type-options": "nosniff",
                "referrer-policy": "no-referrer",
                "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
                "x-frame-options": "DENY",
            ]
            files[page.path] = File(bytes: ByteBuffer(bytes: page.bytes), headers: headers, etag: etag)
        }
        return files
    }()

    /// - Throws: `LarderError` `.notFound`.
    private static func answer(_ path: String, _ request: RequestHead) throws(LarderError) -> Answer {
        guard let file = files[path.isEmpty ? "index.html" : path] else {
            throw LarderError(.notFound, "The console has no file of this name; its page is /console.")
        }
        if holds(file.etag, request.field("if-none-match")) { return Answer(.notModified, headers: file.headers) }
        return Answer(.ok, headers: file.headers, body: .bytes(file.bytes))
    }

    /// Whether the client has this version (RFC 9110 §13.1.2, compared weakly).
    private static func holds(_ etag: String, _ field: String?) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { tag in
            var tag = tag.drop { $0 == " " }
            while tag.last == " " { tag.removeLast() }
            return tag == "*" || tag == etag || tag.dropFirst(2) == etag && tag.hasPrefix("W/")
        }
    }

    private static func contentType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
