import NIOHTTP1

@testable import LarderClient

/// Wire forms that several tests need.
enum Samples {
    static let sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    static func entryJSON(_ key: String = "a", etag: String = "\\\"e1\\\"") -> String {
        #"""
        {"key":"\#(key)","size":5,"etag":"\#(etag)","contentType":"text/plain","metadata":{"n":1},\#
        "createdAt":"2026-05-10T06:12:47.123Z",
        """#
            + #""modifiedAt":"2026-05-10T06:12:48.000Z","sha256":"\#(sha256OfHello)","storedSize":4,"encoding":"gzip"}"#
    }

    static let entryHeaders: HTTPHeaders = [
        "etag": "\"e1\"", "content-type": "text/plain", "larder-size": "5", "larder-stored-size": "4",
        "larder-encoding": "gzip",
        "larder-sha256": sha256OfHello, "larder-created": "2026-05-10T06:12:47.123Z",
        "larder-modified": "2026-05-10T06:12:48.000Z",
        "larder-metadata": #"{"n":1,"title":"\u00e9t\u00e9"}"#,
    ]

    /// The entry `hello` as a GET answers it.
    static func content(_ body: String = "hello", isCut: Bool = false) -> ScriptedAnswer {
        ScriptedAnswer(headers: entryHeaders, body: Array(body.utf8), isCut: isCut)
    }
}
