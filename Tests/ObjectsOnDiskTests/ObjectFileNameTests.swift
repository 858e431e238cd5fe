import LarderModel
import Objects
import ObjectsOnDisk
import Testing

@Suite("Names of objects' files")
struct ObjectFileNameTests {
    private static let hex = String(repeating: "ab", count: 32)

    private static let place = String(repeating: "0f", count: 16)

    @Test(
        "Both forms are read and written, with a place and without",
        arguments: [
            (hex, Encoding.identity, false), (hex + ".gz", .gzip, false), ("\(hex).\(place)", .identity, true),
            ("\(hex).gz.\(place)", .gzip, true),
        ])
    func valid(_ text: String, _ encoding: Encoding, _ hasPlace: Bool) throws {
        let name = try #require(ObjectLocator(name: text))
        #expect(name.encoding == encoding)
        #expect(name.place.isEmpty != hasPlace)
        #expect(name.name == text)
    }

    @Test(
        "Anything else is not ours",
        arguments: [
            "", ".gz", "README", String(hex.dropLast()), hex + "0", hex.uppercased(), hex + ".gz.gz", hex + ".123",
            "\(hex).\(place)0", "\(hex).\(place.uppercased())", place, "\(hex).\(place).gz",
        ])
    func foreign(_ text: String) { #expect(ObjectLocator(name: text) == nil) }
}
