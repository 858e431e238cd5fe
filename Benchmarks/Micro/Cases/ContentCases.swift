import LarderModel
import Objects

extension MicroCase {
    /// Hashing, compressing, unpacking and comparing: what every upload goes through.
    static let content = [
        stage("hash, 1 KiB", 1_024, steps: 1_000),
        stage("hash + gzip, 16 KiB", 16_384, steps: 1_000),
        stage("hash + gzip, 512 KiB", 524_288, steps: 1),
    ]

    private static func stage(_ name: String, _ size: Int, steps: Int) -> MicroCase {
        MicroCase(name: name, steps: steps) {
            let plain = document(size)
            return { Int(InlineObject.stage(plain, contentType: "application/json", compression: .auto).storedSize) }
        }
    }

    /// JSON as pipelines write it: repeated names, changing numbers.
    private static func document(_ size: Int) -> [UInt8] {
        var text = "["
        var number: UInt64 = 7
        while text.utf8.count < size {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text +=
                #"""
                {"agent":"director","scene":\#(number >> 52),"score":0.\#(number >> 40 & 4095),\#
                "text":"take \#(number >> 33 & 255) of the quay"},
                """#
        }
        return Array(text.utf8.prefix(size))
    }
}
