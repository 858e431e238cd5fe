import LarderHTTP
import LarderModel

extension RequestHead {
    /// A query field that is a number; nil when there is none.
    /// - Throws: `LarderError` `.malformedRequest`.
    func number(_ field: String) throws(LarderError) -> Int64? {
        guard !query.isEmpty, let text = try queryText(field) else { return nil }
        guard let number = Int64(text), (0...1_000_000_000_000).contains(number) else {
            throw LarderError(.malformedRequest, "\(field) is a whole number, 0 or more.")
        }
        return number
    }

    /// A query field that is a time, in any form that a program writes one; nil when there is none.
    /// - Throws: `LarderError` `.malformedRequest`.
    func time(_ field: String) throws(LarderError) -> Timestamp? {
        guard !query.isEmpty, let text = try queryText(field), !text.isEmpty else { return nil }
        guard let time = Timestamp(anyISO8601: text.utf8) ?? Double(text).flatMap({ Timestamp(epoch: $0) }) else {
            throw LarderError(
                .malformedRequest,
                "\(field) is a time such as 2026-05-10T06:12:47Z, a day, or seconds since 1970.")
        }
        return time
    }

    /// A query field that says yes, also without a value, or no; no when there is none.
    /// - Throws: `LarderError` `.malformedRequest`.
    func flag(_ field: String) throws(LarderError) -> Bool {
        guard !query.isEmpty, let text = try queryText(field) else { return false }
        switch text {
        case "true", "": return true
        case "false": return false
        default: throw LarderError(.malformedRequest, "\(field) is true or false.")
        }
    }

    /// The request's `Idempotency-Key`; nil when it has none.
    var idempotencyKey: [UInt8]? { field("idempotency-key").map { Array($0.utf8) } }

    /// `Larder-TTL`.
    /// - Throws: `LarderError` `.malformedRequest`.
    func lifetime() throws(LarderError) -> Expiry {
        guard let text = field("larder-ttl") else { return .never }
        guard let lifetime = Duration(parsing: text) else {
            throw LarderError(
                .malformedRequest, "Larder-TTL is a duration such as 24h (s, m, h, d); got '\(text.prefix(40))'.")
        }
        return .after(lifetime)
    }

    /// Whether the query has no other fields than these.
    func hasOnly(_ fields: Set<String>) -> Bool {
        query.utf8.split(separator: UInt8(ascii: "&")).allSatisfy { part in
            let name = PercentCoding.decodeQuery(part.prefix { $0 != UInt8(ascii: "=") })
            return fields.contains { $0.utf8.elementsEqual(name) }
        }
    }
}
