import Disk
import LarderModel
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

    @Test(
        "of fewer than 16 characters is refused by its file's name, and one of 16 is taken", arguments: [1, 15, 16, 64])
    func short(count: Int) throws {
        try withPath { path throws in
            let secret = String(repeating: "s", count: count)
            try FileSystem.writeFile(path, Array("\(secret)\n".utf8))
            let read = Result { try SecretFile(path: path).read { "new" } }
            if count >= 16 { return #expect(try read.get() == secret) }
            let error = #expect(throws: LarderError.self) { try read.get() }
            #expect(error?.message.contains(path) == true)
            #expect(error?.message.contains("16") == true)
            #expect(error?.message.contains("ss") == false)
        }
    }

    @Test("that is missing or empty is made", arguments: [nil, "", " \n"])
    func made(_ file: String?) throws {
        try withPath { path throws in
            if let file { try FileSystem.writeFile(path, Array(file.utf8)) }
            #expect(try SecretFile(path: path).read { "new" } == "new")
            #expect(try SecretFile(path: path).read() == "new")
        }
    }

    @Test(
        "is text: what is no UTF-8 is refused, and would be easy to guess", arguments: [[0xFF, 0xFE], [0x61, 0xE9]])
    func noText(bytes: [UInt8]) throws {
        try withPath { path throws in
            try FileSystem.writeFile(path, bytes)
            let error = try #require(throws: LarderError.self) { try SecretFile(path: path).read() }
            #expect(error.message.contains("UTF-8"))
        }
    }
}
