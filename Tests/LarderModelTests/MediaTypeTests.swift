import LarderModel
import Testing

@Suite("A media type")
struct MediaTypeTests {
    @Test(
        "is type and subtype without parameters, in lower case",
        arguments: [
            ("text/plain", "text/plain"), ("Text/HTML; charset=utf-8", "text/html"), ("a/b ;x=/", "a/b"), ("", ""),
            (";", ""),
        ])
    func essence(text: String, expected: String) {
        #expect(MediaType.essence(text) == expected)
    }

    @Test(
        "is guessed from the extension of a name's last part",
        arguments: [
            ("photo.jpg", "image/jpeg"), ("a.b/PHOTO.JPEG", "image/jpeg"), ("x/run.tar.gz", "application/gzip"),
            ("notes.md", "text/markdown; charset=utf-8"), (".json", nil), ("a/.json", nil), ("jpg", nil),
            ("a.jpg/b", nil), ("a.", nil), ("", nil), ("a.unknown", nil),
        ] as [(String, String?)])
    func guess(name: String, expected: String?) {
        #expect(MediaType.guess(from: name) == expected)
    }

    @Test(
        "is well formed",
        arguments: [
            "a/b", "text/plain;charset=UTF-8", "text/plain ; a=\"b/c\"", "image/svg+xml", "x-a/vnd.b.c+d",
            "a/" + String(repeating: "b", count: 253),
        ])
    func wellFormed(text: String) {
        #expect(MediaType.isWellFormed(text))
    }

    @Test(
        "is not well formed",
        arguments: [
            "", "a", "/", "a/", "/b", "a/b/c", "a b/c", " a/b", "a/b c", "a/b\n", "a/b;x=\u{0}", "a/é", "ä/b",
            "a/b;c=é", "(a)/b", "a/b,c/d", "a;/b",
            "a/ b", "a/" + String(repeating: "b", count: 254),
        ])
    func malformed(text: String) {
        #expect(!MediaType.isWellFormed(text))
    }

    @Test(
        "is runnable when a browser could run it",
        arguments: [
            "text/html", "TEXT/HTML; charset=x", "application/xhtml+xml", "image/svg+xml", "text/xml",
            "application/xml", "application/javascript",
            "text/javascript", "text/ecmascript", "application/x-javascript", "application/pdf",
            "application/mathml+xml",
            "multipart/x-mixed-replace",
            "text/html;x=y", "image/png;,text/html", "image/png, text/html; charset=utf-8", "text/html,image/png",
        ])
    func runnable(text: String) {
        #expect(MediaType.isRunnable(text))
    }

    @Test(
        "is not runnable otherwise",
        arguments: [
            "text/plain", "application/json", "video/mp4", "image/png", "application/octet-stream", "text/css",
            "text/markdown; a=text/html", "", ",",
        ])
    func notRunnable(text: String) {
        #expect(!MediaType.isRunnable(text))
    }

    @Test(
        "is compressed already",
        arguments: [
            "video/mp4", "image/jpeg", "IMAGE/PNG", "audio/mpeg", "application/zip", "application/gzip", "font/woff2",
            "application/pdf",
        ])
    func compressed(text: String) {
        #expect(MediaType.isCompressed(text))
    }

    @Test(
        "is worth a try to compress",
        arguments: [
            "application/json", "text/plain", "image/svg+xml", "image/bmp", "audio/wav", "font/ttf",
            "application/octet-stream", "",
        ])
    func compressible(text: String) {
        #expect(!MediaType.isCompressed(text))
    }
}
