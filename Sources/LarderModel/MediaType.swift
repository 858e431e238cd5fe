/// What Larder needs to know of media types (RFC 9110 §8.3.1). Types are kept as text, just as the client wrote them.
package enum MediaType {
    package static let octetStream = "application/octet-stream"
    package static let json = "application/json"
    /// What lines of JSON are called: the name of its specification, and those that are in use beside it.
    package static let lines: Set<String> = ["application/x-ndjson", "application/jsonl", "application/x-jsonlines"]

    /// `type/subtype`, lower case, without parameters.
    package static func essence(_ text: String) -> String {
        let essence = text.utf8.prefix { $0 != UInt8(ascii: ";") }.filter {
            $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t")
        }
        return String(decoding: essence, as: UTF8.self).lowercased()
    }

    /// Whether the text has the form of a media type: token `/` token, then parameters; at most 255 bytes of visible
    /// ASCII.
    package static func isWellFormed(_ text: String) -> Bool {
        guard (3...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return false
        }
        let parts = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let type = parts[0], subtype = parts[1].reversed().drop { $0 == " " }
        return !type.isEmpty && !subtype.isEmpty && type.utf8.allSatisfy(isToken)
            && subtype.allSatisfy { $0.asciiValue.map(isToken) ?? false }
    }

    /// A character of an HTTP token (RFC 9110 §5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Content that a browser could run when it is opened from our origin: sent as an attachment only. Asked for every
    /// read, so it works on bytes: a search in a `String` costs more than all else that a small answer needs.
    package static func isRunnable(_ text: String) -> Bool {
        guard !usual.contains(text) else { return false }
        // A browser takes `image/png;,text/html` for two types and the last one for the content's (WHATWG Fetch
        // §2.2.2).
        return text.utf8.split(separator: UInt8(ascii: ",")).contains { part in
            let essence = part.prefix { $0 != UInt8(ascii: ";") }.filter {
                $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t")
            }
            return isRunnable(
                essence: essence.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
        }
    }

    /// What most entries are, none of it runnable: known at once.
    private static let usual: Set<String> = [
        json, octetStream, "text/plain", "text/plain; charset=utf-8", "image/png", "image/jpeg", "image/webp",
        "audio/mpeg", "audio/wav", "video/mp4",
    ]
    private static let runnable = [
        "text/html", "application/pdf", "text/xsl", "application/x-shockwave-flash", "text/cache-manifest",
        "application/xhtml",
    ].map { Array($0.utf8) }
    private static let xmlEndings = ["+xml", "/xml"].map { Array($0.utf8) }
    private static let scriptWords = ["javascript", "ecmascript"].map { Array($0.utf8) }
    private static let multipart = Array("multipart/".utf8)

    private static func isRunnable(essence: [UInt8]) -> Bool {
        if xmlEndings.contains(where: { essence.suffix($0.count).elementsEqual($0) }) || essence.starts(with: multipart)
        {
            return true
        }
        if runnable.contains(essence) { return true }
        return scriptWords.contains { word in
            essence.count >= word.count
                && (0...essence.count - word.count).contains { essence[$0...].starts(with: word) }
        }
    }

    /// Formats that are compressed already: gzip would cost time and save nothing.
    package static func isCompressed(_ text: String) -> Bool {
        let essence = essence(text)
        if ["image/svg+xml", "image/bmp", "image/x-ms-bmp", "image/tiff", "audio/wav", "audio/x-wav", "audio/midi"]
            .contains(essence)
        {
            return false
        }
        if essence.hasPrefix("video/") || essence.hasPrefix("image/") || essence.hasPrefix("audio/")
            || essence.hasPrefix("font/woff")
        {
            return true
        }
        return [
            "application/zip", "application/gzip", "application/x-gzip", "application/zstd", "application/x-xz",
            "application/x-bzip2",
            "application/x-7z-compressed", "application/vnd.rar", "application/pdf", "application/ogg",
            "application/x-brotli",
        ].contains(essence) || essence.hasPrefix("application/vnd.openxmlformats")
    }
}
