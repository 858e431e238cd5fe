import Foundation
import NIOHTTP1
import Testing

/// An export as JSON lines, looked into.
struct PortableFile {
    let lines: [JSON]
    private let texts: [[UInt8]]

    init(_ path: String) throws {
        texts = try Disk.read(path).split(separator: UInt8(ascii: "\n")).map(Array.init)
        lines = try texts.map { try JSON(parsing: $0) }
    }

    func lines(_ kind: String) -> [JSON] { lines.filter { $0["kind"] == .string(kind) } }

    func entry(_ store: String, _ key: String) -> JSON? {
        lines("entry").first { $0["store"] == .string(store) && $0["key"] == .string(key) }
    }

    /// The content of each entry, by store and key, put together.
    func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        var name = ""
        for line in lines {
            if line["kind"] == "entry", line["isLog"].bool != true {
                name = "\(line["store"].string ?? "")/\(line["keyHex"].string ?? line["key"].string ?? "")"
                contents[name] = []
            } else if line["kind"] != "content" {
                continue
            } else {
                #expect(line["offset"].int == contents[name]?.count)
            }
            if let text = line["text"].string { contents[name, default: []] += text.utf8 }
            if let text = line["base64"].string {
                contents[name, default: []] += try #require(Data(base64Encoded: text))
            }
        }
        return contents
    }

    /// What its table lines should say, by what is in front of them.
    func expectSums(sourceLocation: SourceLocation = #_sourceLocation) {
        let kinds = [
            ("stores", ["store"]), ("entries", ["entry", "content"]), ("logs", ["log"]), ("log_events", ["log_event"]),
        ]
        for ((table, kinds), said) in zip(kinds, lines("table")) {
            let own = zip(lines, texts).filter { kinds.contains($0.0["kind"].string ?? "") }
            let sum = Bytes.sha256(own.flatMap { $0.1 + [UInt8(ascii: "\n")] })
            let rows = own.count { $0.0["kind"] != "content" }
            #expect(
                said == [
                    "kind": "table", "table": .string(table), "rows": .number(Double(rows)), "sha256": .string(sum),
                ],
                sourceLocation: sourceLocation)
        }
        #expect(
            lines("table").count == kinds.count && lines.last == ["kind": "end", "damaged": 0],
            sourceLocation: sourceLocation)
    }

    // MARK: What is exported

    static let contents: [(key: String, bytes: [UInt8])] = [
        ("empty", []), ("small", Array("tab\tand\\back \u{E9}\n".utf8)), ("binary", Bytes.noise(3_000)),
        ("prose", Bytes.prose(300_000) + Array(String(repeating: "é🚀", count: 30_000).utf8)),
        ("noise", Bytes.noise(700_000, seed: 4)), ("twice", Bytes.noise(700_000, seed: 4)),
        ("nul", [0, 0x61, 0]),
    ]

    /// Writes entries of many kinds, and two logs in other stores.
    static func fill(_ server: LarderProcess, _ store: String) async throws {
        for (key, bytes) in contents {
            let fields: KeyValuePairs = [
                "content-type": "text/x-test", "larder-metadata": #"{"of":"\u00e9\n"}"#, "larder-ttl": "24h",
            ]
            try requireStatus(try await server.put(Native.entry(store, key), bytes, fields), 201)
        }
        try requireStatus(try await server.put(Native.entry(store, "%FF%00a"), "odd"), 201)
        for events in [#"[{"agent":"a","progress":5},{"n":"tab\t \\ \u0041"}]"#, #"{"status":"completed"}"#] {
            try requireStatus(
                try await server.send(.POST, "/v1/progress/film-\(store)/one", [:], .text(events)), 200, 201)
        }
        try requireStatus(
            try await server.send(
                .POST, "/v1/stores/conversations/logs/\(store)/c1", [:],
                .text(#"[{"role":"user","content":"Hi","at":"2026-01-02T03:04:05Z"}]"#)), 200, 201)
    }
}
