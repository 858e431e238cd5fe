/// What makes words equal that differ in case, accents or width: the same on every machine and in every locale.
enum Folding {
    /// Appends what is left of a letter or digit, in UTF-8.
    ///
    /// Letters are in lower case; those of Latin, Greek and Cyrillic have lost their accents, and digits of all
    /// scripts are ASCII's.
    static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        if scalar.isASCII {
            let byte = UInt8(scalar.value)
            bytes.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
        } else if let base = bases[scalar.value] {
            bytes.append(contentsOf: base)
        } else if let type = scalar.properties.numericType, type != .numeric,
            let value = scalar.properties.numericValue, (0...9).contains(value)
        {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
        } else {
            bytes.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
        }
    }

    /// Letters and signs of ASCII in the width of Han, as themselves.
    static func narrow(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard (0xFF01...0xFF5E).contains(scalar.value) else { return scalar }
        return Unicode.Scalar(UInt8(scalar.value - 0xFEE0))
    }

    private static let bases: [UInt32: [UInt8]] = {
        var bases: [UInt32: [UInt8]] = [:]
        for (base, letters) in table {
            for letter in letters.unicodeScalars { bases[letter.value] = Array(base.utf8) }
        }
        return bases
    }()
}
