import Foundation
import LarderModel
import LarderTestSupport
import Testing

@testable import LarderServer

@Suite("Metadata in header fields")
struct MetadataHeaderTests {
    @Test("comes back from both headers, which are printable ASCII")
    func headers() throws {
        var random = Seeded(7)
        for _ in 0..<500 {
            let object = [random.text(0...20): random.text(0...60), "progress": "é"]
            let json = Array(try JSONSerialization.data(withJSONObject: object))
            let metadata = try Metadata(json: json)
            #expect(try Metadata(netlifyHeader: metadata.netlifyHeader, maxDepth: JSONText.depthDefault) == metadata)
            let native = metadata.nativeHeader
            #expect(native.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            let decoded =
                try JSONSerialization.jsonObject(
                    with: Data(try Metadata(nativeHeader: native, maxDepth: JSONText.depthDefault).object))
                as? [String: String]
            #expect(decoded == object)
        }
    }

    @Test("with a raw DEL is escaped in a header, where DEL may not stand")
    func delete() throws {
        #expect(try Metadata(json: "{\"a\":\"\u{7F}\"}".bytes).nativeHeader == #"{"a":"\u007f"}"#)
    }

    @Test(
        "header of Netlify is b64; and base64",
        arguments: ["", "e30=", "b64;", "b64;e30", "b64;@@@@", "B64;e30=", "b64;W10=", "b64; e30="])
    func invalidHeader(text: String) throws {
        let error = try #require(throws: LarderError.self) {
            try Metadata(netlifyHeader: text, maxDepth: JSONText.depthDefault)
        }
        #expect(error.code == .invalidMetadata)
    }
}
