import LarderModel

/// What an event says of itself, whatever log it is in.
enum EventFields {
    /// The fields that may say when it happened, the first that is a time counts.
    private static let timeNames = ["timestamp", "at", "created_at"].map { Array($0.utf8) }
    private static let roleName = Array("role".utf8)
    /// Bytes of a role.
    static let roleMax = 200

    /// When it happened; nil: it does not say, or not in a form that is one.
    /// - Parameter members: the event's fields; the last of a repeated name counts.
    static func time(_ members: [JSONText.Member], in bytes: [UInt8]) -> Timestamp? {
        for name in timeNames {
            guard let value = members.last(where: { $0.name.elementsEqual(name) })?.value else { continue }
            if let time = time(value, in: bytes) { return time }
        }
        return nil
    }

    private static func time(_ value: JSONText.Value, in bytes: [UInt8]) -> Timestamp? {
        switch value.kind {
        case .number:
            Double(String(decoding: bytes[value.range], as: UTF8.self)).flatMap { Timestamp(epoch: $0) }
        case .string where value.range.count <= 100:
            JSONText.characters(of: value, in: bytes).flatMap { Timestamp(anyISO8601: $0) }
        default: nil
        }
    }

    /// Who speaks; nil: it does not say.
    /// - Parameters:
    ///   - isRun: the events of runs may say anything there.
    ///   - place: what messages call it.
    /// - Throws: `LarderError` `.invalidDocument` when it is no text, or longer than ``roleMax``.
    static func role(
        _ members: [JSONText.Member], in bytes: [UInt8], isRun: Bool, _ place: String
    ) throws(LarderError) -> [UInt8]? {
        guard let value = members.last(where: { $0.name.elementsEqual(roleName) })?.value,
            !bytes[value.range].elementsEqual("null".utf8)
        else { return nil }
        if let role = JSONText.characters(of: value, in: bytes), role.count <= roleMax { return role }
        guard isRun else {
            throw LarderError(
                .invalidDocument, "\(place): role is text of at most \(roleMax) bytes. Nothing was appended.")
        }
        return nil
    }
}
