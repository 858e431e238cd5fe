import Foundation
import LarderModel

/// An export as JSON lines. Each line says its kind first; binary content and pieces that are no UTF-8 are Base64
/// (RFC 4648 §4).
struct JSONLinesText: PortableText {
    var tally = TableTally()
    let hasObjects = false
    /// Where the next piece of a large content begins, and bytes of a character that is not whole yet.
    private var offset: Int64 = 0
    private var rest: [UInt8] = []

    static let formatVersion = 1
    /// Bytes of content that a line holds at most.
    static let pieceSize = 64 << 10

    private mutating func line(_ kind: StaticString, _ fields: (inout JSONWriter) -> Void) {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.name("kind")
            json.value("\(kind)")
            fields(&json)
        }
        tally.append(json.bytes)
        tally.append(UInt8(ascii: "\n"))
    }

    mutating func open(_ site: SiteID, at: Timestamp) {
        line("larder") { json in
            json.field("version", Self.formatVersion)
            json.field("site", site.text)
            json.field("exportedAt", at.milliseconds)
        }
    }

    mutating func begin(_ table: PortableTable) { tally.begin() }

    mutating func add(_ store: PortableStore) {
        line("store") { json in
            json.field("store", quoting: store.name)
            json.field("createdAt", store.createdAt)
        }
        tally.countRow()
    }

    mutating func add(_ entry: PortableEntry, content: [UInt8]?, isDamaged: Bool) {
        line("entry") { json in
            json.name(entry.store, entry.key)
            json.field("contentType", entry.contentType)
            json.field("etag", entry.etag.quoted)
            if let digest = entry.digest { json.field("sha256", digest.hex) } else { json.field("isLog", true) }
            json.field("size", entry.size)
            if !entry.metadata.isEmpty { json.field("metadata", raw: entry.metadata) }
            json.field("createdAt", entry.createdAt)
            json.field("modifiedAt", entry.modifiedAt)
            if let expiresAt = entry.expiresAt { json.field("expiresAt", expiresAt) }
            if let ttl = entry.ttl { json.field("ttl", ttl) }
            if isDamaged { json.field("isDamaged", true) }
            if let content { json.content(content) }
        }
        tally.countRow()
    }

    mutating func add(_ log: PortableLog) {
        line("log") { json in
            json.field("log", log.id)
            json.name(log.store, log.key)
            json.field("begin", log.begin)
            json.field("first", log.first)
            json.field("last", log.last)
            json.field("dropped", log.dropped)
            json.field("state", log.state.rawValue)
            json.field("startedAt", log.startedAt)
            json.field("updatedAt", log.updatedAt)
            if let progress = log.progress { json.field("progress", number: progress) }
            if let message = log.message { json.field("message", message) }
            json.field("chain", log.chain.hex)
        }
        tally.countRow()
    }

    mutating func add(_ event: PortableEvent) {
        line("log_event") { json in
            json.field("log", event.log)
            json.field("n", event.sequence)
            json.field("receivedAt", event.receivedAt)
            if let at = event.at { json.field("at", at) }
            json.field("event", raw: event.json)
        }
        tally.countRow()
    }

    // MARK: Large content

    mutating func openContent(_ digest: Digest, size: Int64) {
        offset = 0
        rest = []
    }

    mutating func addContent(_ piece: [UInt8]) {
        rest += piece
        while rest.count >= Self.pieceSize {
            let cut = Self.pieceSize - Self.unfinished(rest[..<Self.pieceSize])
            addLine(Array(rest[..<cut]))
            rest.removeFirst(cut)
        }
    }

    mutating func closeContent() {
        if !rest.isEmpty { addLine(rest) }
        rest = []
    }

    private mutating func addLine(_ piece: [UInt8]) {
        let offset = offset
        line("content") { json in
            json.field("offset", offset)
            json.content(piece)
        }
        self.offset += Int64(piece.count)
    }

    /// Bytes at the end that begin a character of UTF-8 and lack the rest of it: 0 to 3.
    static func unfinished(_ bytes: ArraySlice<UInt8>) -> Int {
        for count in 1...3 where bytes.count >= count {
            let byte = bytes[bytes.endIndex - count]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > count ? count : 0
        }
        return 0
    }

    // MARK: The end

    mutating func end(_ table: PortableTable) { tally.end(table) }

    mutating func close(damaged: Int, lacking: Int64) {
        for (table, rows, sha256) in tally.tables {
            line("table") { json in
                json.field("table", table.rawValue)
                json.field("rows", rows)
                json.field("sha256", sha256)
            }
        }
        line("end") { $0.field("damaged", damaged) }
    }
}

extension JSONWriter {
    fileprivate mutating func name(_ store: [UInt8], _ key: [UInt8]) {
        field("store", quoting: store)
        guard !isValidUTF8(key) else { return field("key", quoting: key) }
        field("key", String(decoding: key, as: UTF8.self))
        field("keyHex", key.hex)
    }

    fileprivate mutating func content(_ bytes: [UInt8]) {
        if isValidUTF8(bytes) {
            field("text", quoting: bytes)
        } else {
            field("base64", Data(bytes).base64EncodedString())
        }
    }
}
