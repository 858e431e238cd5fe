import LarderModel
import LarderTestSupport
import Testing

@Suite("A policy's Cache-Control")
struct CacheControlTests {
    @Test(
        "is its directives, in one spelling",
        arguments: [
            ("no-cache", "no-cache"), ("public,max-age=3600", "public, max-age=3600"),
            (" Public , MAX-AGE=0 ", "public, max-age=0"),
            ("private, no-store", "private, no-store"), ("no-store", "no-store"),
            ("public, max-age=31536000, immutable", "public, max-age=31536000, immutable"),
            (
                "max-age=60, stale-while-revalidate=600, s-maxage=007",
                "max-age=60, stale-while-revalidate=600, s-maxage=007"
            ),
        ])
    func read(text: String, field: String) throws { #expect(try CacheControl(text).text == field) }

    @Test(
        "is refused when it says nothing that caches know, says it twice, or contradicts itself",
        arguments: [
            "", " ", ",", "public,", "max-age", "max-age=", "max-age=-1", "max-age=+1", "max-age=1.5",
            "max-age=31536001",
            "max-age=99999999999999999999",
            "max-age=\"1\"", "public=1", "no-cache=\"set-cookie\"", "forever", "public, public", "max-age=1, Max-Age=2",
            "public, private",
            "no-store, max-age=1", "no-store, public", "no-store, immutable", "public\r\nset-cookie: a", "public\nx",
            "public\u{0}", "max-age=1\r\n",
            "públic", "public; max-age=1", "max-age=١",
        ])
    func refused(text: String) {
        let error = #expect(throws: LarderError.self) { try CacheControl(text) }
        #expect(error?.code == .invalidPolicy)
    }
}
