import LarderModel
import Objects
import ObjectsOnDisk
import Testing

@Suite("Names of objects' files")
struct ObjectFileNameTests {
    private static let hex = String(repeating: "ab", count: 32)

    @Test("Both forms are read and written", arguments: [(hex, Encoding.identity), (hex + ".gz", .gzip)])
    func valid(_ text: String, _ encoding: Encoding) throws {
        let name = try #require(ObjectLocator(fileName: text))
        #expect(name.encoding == encoding)
        #expect(name.text == text)
    }

    @Test(
        "Anything else is not ours",
        arguments: [
            "", ".gz", "README", String(hex.dropLast()), hex + "0", hex.uppercased(), hex + ".gz.gz", hex + ".123",
        ])
    func foreign(_ text: String) { #expect(ObjectLocator(fileName: text) == nil) }
}
