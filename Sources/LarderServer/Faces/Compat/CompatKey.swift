import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// The keys that IDs of other programs' clients stand for.
enum CompatKey {
    /// Segments of keys that are ours.
    private static let reserved = ["history", "notifications"].map { Array($0.utf8) }

    /// A key of a segment for each ID, and then others.
    /// - Throws: `LarderError` `.invalidKey`.
    static func key(_ ids: [[UInt8]], _ rest: String...) throws(LarderError) -> EntryKey {
        let segments = ids.map(segment) + rest.map { Array($0.utf8) }
        return try EntryKey(bytes: Array(segments.joined(separator: [UInt8(ascii: "/")])))
    }

    /// An ID as one segment, so that no two share a key: `/` and `%` are percent-encoded, and of a reserved word its
    /// first character.
    static func segment(_ id: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for (place, byte) in id.enumerated() {
            let isFirstOfWord = place == 0 && reserved.contains(id)
            if isFirstOfWord || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") {
                out.append(UInt8(ascii: "%"))
                out.append(contentsOf: [byte].hex.uppercased().utf8)
            } else {
                out.append(byte)
            }
        }
        return out
    }

    /// The store that a request means: an app's own (`?store=acme-sessions`), else the one of this name.
    static func store<Target>(_ name: String) -> Right<Target>.Store {
        { (_, caller) throws(LarderError) in
            try StoreName(caller.request.query.isEmpty ? name : caller.request.queryText("store") ?? name)
        }
    }
}

extension Answer {
    /// 400 with a text for people, as those programs say it.
    static func missing(_ what: String) -> Answer {
        Answer(
            .badRequest, headers: ["content-type": "text/plain; charset=utf-8"],
            body: .bytes(ByteBuffer(string: "Missing \(what)")))
    }
}
