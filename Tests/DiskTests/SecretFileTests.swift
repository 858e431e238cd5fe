import Disk
import Testing

@Suite("A secret")
struct SecretFileTests {
    @Test(
        "is a file's text without white space around it, and all of what is within",
        arguments: [
            ("abc", "abc"), (" abc\n", "abc"), ("\r\n\tabc\r\n", "abc"), ("a b", "a b"), ("a  b\n", "a  b"),
            ("a\tb", "a\tb"),
            ("line 1\nline 2\n", "line 1\nline 2"),
            ("", nil), (" \n", nil),
        ])
    func trimmed(file: String, secret: String?) throws {
        try withPath { path throws in
            try FileSystem.writeFile(path, Array(file.utf8))
            #expect(try SecretFile(path: path).read() == secret)
        }
    }
}
