package import FoundationEssentials
package import NIOCore

/// JSON as this library reads and writes it: times in ISO 8601 with milliseconds.
package enum ClientJSON {
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    package static func decode<T: Decodable>(_ type: T.Type, from buffer: ByteBuffer) throws -> T {
        do {
            guard type is any HoldsMetadata.Type else {
                return try decoder().decode(type, from: Data(buffer.readableBytesView))
            }
            let pieces = try MetadataPieces(cutting: Array(buffer.readableBytesView))
            let decoder = decoder()
            decoder.userInfo[MetadataPieces.key] = pieces
            return try decoder.decode(type, from: Data(pieces.text))
        } catch {
            throw LarderClientError(.invalidResponse, "The server's answer is not the JSON that was expected: \(error)")
        }
    }

    /// - Throws: ``LarderClientError`` `invalidArgument`.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        do {
            let json = Array(try encoder().encode(value))
            guard let value = value as? any HoldsMetadata else { return json }
            return try MetadataPieces.put(value.allMetadata, into: json)
        } catch {
            throw LarderClientError(.invalidArgument, "The value can't be written as JSON: \(error)")
        }
    }

    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(text(date))
        }
        return encoder
    }

    private static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let date = date(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time")
            }
            return date
        }
        return decoder
    }

    /// `2026-05-10T06:12:47.000Z`
    package static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads ``text(_:)``, with or without the milliseconds.
    package static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
            ?? (try? Date.ISO8601FormatStyle().parse(text))
    }
}
