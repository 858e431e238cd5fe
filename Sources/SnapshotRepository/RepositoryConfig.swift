import LarderModel

/// `config.json`: `{"format":1,"id":…,"createdAt":…,"encryption":"none"|"aes256-gcm","keyCheck":…}`. Never sealed.
struct RepositoryConfig {
    static let name = "config.json"
    /// What this program reads and writes.
    static let format: Int64 = 1
    private static let encrypted = "aes256-gcm", plain = "none"
    /// Bytes of the file that are read.
    static let countMax = 64 << 10

    let id: String
    let createdAt: Timestamp
    /// By which a wrong key is told; nil: the repository is not encrypted.
    let keyCheck: [UInt8]?

    init(id: String, createdAt: Timestamp, keyCheck: [UInt8]?) {
        self.id = id
        self.createdAt = createdAt
        self.keyCheck = keyCheck
    }

    /// Fields that it doesn't know are passed over: what may not be passed over has another format.
    /// - Throws: `LarderError` `.corruptEntry` when it can't be read, `.unavailable` when its format is a newer one.
    init(parsing bytes: [UInt8], place: String) throws(LarderError) {
        func refused(_ why: String) -> LarderError {
            LarderError(.corruptEntry, "the repository at \(place) can't be read: its \(Self.name) \(why)")
        }
        let fields: [String: String]
        do { fields = try SmallJSON.fields(bytes) } catch { throw refused("is damaged") }
        guard let format = fields["format"].flatMap({ Int64($0) }) else { throw refused("says no format") }
        guard format == Self.format else {
            throw LarderError(
                .unavailable,
                "the repository at \(place) has format \(format), and this larder knows only \(Self.format): use a"
                    + " newer larder")
        }
        guard let id = fields["id"], !id.isEmpty, let created = fields["createdAt"].flatMap({ Timestamp(iso8601: $0) })
        else { throw refused("lacks id or createdAt") }
        switch fields["encryption"] {
        case Self.plain: self.init(id: id, createdAt: created, keyCheck: nil)
        case Self.encrypted:
            guard let check = fields["keyCheck"].flatMap({ [UInt8](hex: $0) }) else { throw refused("lacks keyCheck") }
            self.init(id: id, createdAt: created, keyCheck: check)
        default: throw refused("names an encryption that this larder doesn't know")
        }
    }

    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("format", Self.format)
            json.name("id")
            json.value(quoting: id.utf8)
            json.field("createdAt", createdAt)
            json.name("encryption")
            json.value(quoting: (keyCheck == nil ? Self.plain : Self.encrypted).utf8)
            if let keyCheck {
                json.name("keyCheck")
                json.value(quoting: keyCheck.hex.utf8)
            }
        }
        return json.bytes + [10]
    }
}

/// Small JSON objects of a repository, whose unknown fields are passed over.
enum SmallJSON {
    private static let depthMax = 8

    /// Texts without their quotes, other values as they are written.
    /// - Throws: `LarderError` when it is no JSON object.
    static func fields(_ bytes: [UInt8]) throws(LarderError) -> [String: String] {
        let value = try JSONText.check(bytes, maxDepth: depthMax)
        var fields: [String: String] = [:]
        for member in try JSONText.members(of: value, in: bytes) {
            let text = JSONText.characters(of: member.value, in: bytes) ?? Array(bytes[member.value.range])
            fields[JSONText.shown(Array(member.name))] = JSONText.shown(text)
        }
        return fields
    }
}
