import Foundation
import LarderHTTP
import LarderModel

/// One pair of a bulk.
///
///     {"key":"k","value":"text","base64":true?,"expiration":…?,"expiration_ttl":…?,"metadata":…?}
struct KVPair: Sendable {
    let key: EntryKey
    let value: [UInt8]
    let metadata: Metadata
    let expiry: Expiry

    /// - Throws: `LarderError` for what is wrong with it.
    init(_ json: [UInt8], now: Timestamp, _ call: Call) throws(LarderError) {
        let object = try JSONText.check(json, maxDepth: call.server.gate.limits.jsonDepth)
        let members = try JSONText.members(of: object, in: json).lastOfEachName
        func field(_ name: String) -> JSONText.Value? { members.first { $0.name.elementsEqual(name.utf8) }?.value }
        func number(_ name: String) throws(LarderError) -> String? {
            guard let value = field(name), !JSONText.isNull(value, in: json) else { return nil }
            guard value.kind == .number else { throw LarderError(.malformedRequest, "\(name) is a number.") }
            return String(decoding: json[value.range], as: UTF8.self)
        }
        guard let keyText = field("key").flatMap({ JSONText.characters(of: $0, in: json) }) else {
            throw LarderError(.malformedRequest, "Each pair has a key, which is a text; nothing was stored.")
        }
        key = try KVKey.key(keyText)
        guard let text = field("value").flatMap({ JSONText.characters(of: $0, in: json) }) else {
            throw LarderError(.malformedRequest, "The value of '\(key)' is no text; nothing was stored.")
        }
        value = try Self.value(text, isBase64: field("base64"), of: key, json)
        try KVValues.ceiling.check(Int64(value.count))
        metadata =
            try field("metadata").map { (value) throws(LarderError) in
                try KVMetadata.metadata(Array(json[value.range]), call)
            } ?? .none
        expiry = try KVExpiry.expiry(ttl: try number("expiration_ttl"), at: try number("expiration"), now: now)
    }

    private static func value(
        _ text: [UInt8], isBase64: JSONText.Value?, of key: EntryKey, _ json: [UInt8]
    ) throws(LarderError) -> [UInt8] {
        guard let isBase64, json[isBase64.range].elementsEqual("true".utf8) else {
            // Half of a surrogate pair is no text that could be kept.
            return isValidUTF8(text) ? text : Array(JSONText.shown(text).utf8)
        }
        guard let data = Data(base64Encoded: Data(text)) else {
            throw LarderError(.malformedRequest, "The value of '\(key)' is no base64; nothing was stored.")
        }
        return Array(data)
    }
}
