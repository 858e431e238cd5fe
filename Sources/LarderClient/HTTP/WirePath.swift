import LarderModel

/// Paths of the native face (contract §4.2, §4.3), as they stand in the request line.
///
/// AsyncHTTPClient sends the path of its URL string untouched as long as it holds nothing but unreserved characters,
/// `/` and percent-codes: a test watches that on the wire.
enum WirePath {
    static func store(_ store: String) -> String { "/v1/stores/" + segment(store) }
    static func entries(_ store: String) -> String { self.store(store) + "/entries" }
    static func entry(_ store: String, _ key: String) -> String { entries(store) + "/" + self.key(key) }
    static func logs(_ store: String) -> String { self.store(store) + "/logs" }
    static func log(_ store: String, _ key: String) -> String { logs(store) + "/" + self.key(key) }
    static func run(_ project: String, _ run: String) -> String {
        "/v1/progress/" + segment(project) + "/" + segment(run)
    }

    static func memory(_ project: String) -> String { "/v1/memory/" + segment(project) }

    /// One path segment: everything but unreserved characters encoded.
    static func segment(_ text: String) -> String { encode(text, keepingSlashes: false) }

    /// A key keeps its slashes, for the sake of logs that people read; unless URL code along the way (a proxy's, say)
    /// would take some of its segments for something else: empty ones, `.` and `..`.
    static func key(_ key: String) -> String {
        let segments = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = segments.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
        return encode(key, keepingSlashes: isPlain)
    }

    private static func encode(_ text: String, keepingSlashes: Bool) -> String {
        let encoded = PercentCoding.encode(text.utf8, keeping: keepingSlashes ? "/" : "")
        return encoded == "." || encoded == ".." ? encoded.replacing(".", with: "%2E") : encoded
    }
}
