import LarderModel

/// An export as a script for PostgreSQL's psql: tables, `COPY` with their rows, and a check of what was loaded, in one
/// transaction. Bytes are BYTEA in hexadecimal; times are BIGINT, milliseconds since 1970.
struct SQLText: PortableText {
    var tally = TableTally()
    let hasObjects = true
    /// Bytes of content that a row holds at most: a row of `COPY` may have a gigabyte of text, and each byte is two
    /// digits there.
    let partSize: Int64
    /// The content that is under way, and what of it was written.
    private var content: (digest: Digest, size: Int64)?
    private var part = 0
    private var partBytes: Int64 = 0
    /// Contents, for their rows may be more.
    private var objects: Int64 = 0

    static let partSize: Int64 = 256 << 20

    init(partSize: Int64 = Self.partSize) { self.partSize = partSize }

    mutating func open(_ site: SiteID, at: Timestamp) {
        say(
            """
            -- Larder export, version 1: site \(site.text) at \(at.iso8601)
            -- psql -f loads it whole or not at all.
            \\set ON_ERROR_STOP on
            BEGIN;
            SET LOCAL client_encoding = 'UTF8';
            SET LOCAL standard_conforming_strings = on;

            """)
    }

    private mutating func say(_ text: String) { tally.append(text.utf8) }

    mutating func begin(_ table: PortableTable) {
        let columns = Self.columns(table)
        let shapes = columns.map { "\"\($0.name)\" \($0.type)" } + [Self.constraint(table)]
        say(
            """

            CREATE TABLE "\(table.rawValue)" (
                \(shapes.joined(separator: ",\n    "))
            );
            COPY "\(table.rawValue)" (\(columns.map { "\"\($0.name)\"" }.joined(separator: ", "))) FROM stdin;

            """)
        tally.begin()
    }

    private static func constraint(_ table: PortableTable) -> String {
        switch table {
        case .stores: #"PRIMARY KEY ("name")"#
        case .objects: #"PRIMARY KEY ("sha256", "part")"#
        case .entries: #"PRIMARY KEY ("store", "key"), FOREIGN KEY ("store") REFERENCES "stores" ("name")"#
        case .logs: #"PRIMARY KEY ("log"), FOREIGN KEY ("store", "key") REFERENCES "entries" ("store", "key")"#
        case .events: #"PRIMARY KEY ("log", "n"), FOREIGN KEY ("log") REFERENCES "logs" ("log")"#
        }
    }

    private static func columns(_ table: PortableTable) -> [(name: String, type: String)] {
        switch table {
        case .stores: [("name", "TEXT NOT NULL"), ("created_at", "BIGINT NOT NULL")]
        case .objects:
            [
                ("sha256", "BYTEA NOT NULL"), ("part", "INTEGER NOT NULL"), ("size", "BIGINT NOT NULL"),
                ("data", "BYTEA NOT NULL"),
            ]
        case .entries:
            [
                ("store", "TEXT NOT NULL"), ("key", "BYTEA NOT NULL"), ("content_type", "TEXT NOT NULL"),
                ("etag", "TEXT NOT NULL"), ("sha256", "BYTEA"), ("size", "BIGINT NOT NULL"), ("metadata", "TEXT"),
                ("created_at", "BIGINT NOT NULL"), ("modified_at", "BIGINT NOT NULL"), ("expires_at", "BIGINT"),
                ("ttl", "BIGINT"),
            ]
        case .logs:
            [
                ("log", "BIGINT NOT NULL"), ("store", "TEXT NOT NULL"), ("key", "BYTEA NOT NULL"),
                ("first", "BIGINT NOT NULL"), ("last", "BIGINT NOT NULL"), ("dropped", "BIGINT NOT NULL"),
                ("state", "TEXT NOT NULL"), ("started_at", "BIGINT NOT NULL"), ("updated_at", "BIGINT NOT NULL"),
                ("progress", "DOUBLE PRECISION"), ("message", "TEXT"),
            ]
        case .events:
            [
                ("log", "BIGINT NOT NULL"), ("n", "BIGINT NOT NULL"), ("received_at", "BIGINT NOT NULL"),
                ("at", "BIGINT"), ("event", "TEXT NOT NULL"),
            ]
        }
    }

    // MARK: Rows

    private enum Value {
        case null
        case number(Int64)
        case text([UInt8])
        case bytes([UInt8])

        init(_ number: Int64?) { self = number.map { .number($0) } ?? .null }
        init(_ text: String) { self = .text(Array(text.utf8)) }
    }

    private mutating func add(_ values: [Value]) {
        tally.with { out in
            for (i, value) in values.enumerated() {
                if i > 0 { out.append(UInt8(ascii: "\t")) }
                switch value {
                case .null: out += #"\N"#.utf8
                case .number(let number): out += "\(number)".utf8
                case .text(let text): Self.append(text, to: &out)
                case .bytes(let bytes):
                    out += #"\\x"#.utf8
                    Self.append(hex: bytes, to: &out)
                }
            }
            out.append(UInt8(ascii: "\n"))
        }
        tally.countRow()
    }

    private static func append(_ text: [UInt8], to out: inout [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\\"): out += #"\\"#.utf8
            case UInt8(ascii: "\n"): out += #"\n"#.utf8
            case UInt8(ascii: "\r"): out += #"\r"#.utf8
            case UInt8(ascii: "\t"): out += #"\t"#.utf8
            default: out.append(byte)
            }
        }
    }

    private static func append(hex bytes: some Collection<UInt8>, to out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        out.reserveCapacity(out.count + 2 * bytes.count)
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
    }

    mutating func add(_ store: PortableStore) { add([.text(store.name), .number(store.createdAt)]) }

    mutating func add(_ entry: PortableEntry, content: [UInt8]?, isDamaged: Bool) {
        add([
            .text(entry.store), .bytes(entry.key), Value(entry.contentType), Value(entry.etag.quoted),
            entry.digest.map { .bytes($0.bytes) } ?? .null, .number(entry.size),
            entry.metadata.isEmpty ? .null : .text(entry.metadata), .number(entry.createdAt),
            .number(entry.modifiedAt), Value(entry.expiresAt), Value(entry.ttl),
        ])
    }

    mutating func add(_ log: PortableLog) {
        add([
            .number(log.id), .text(log.store), .bytes(log.key), .number(log.first), .number(log.last),
            .number(log.dropped), Value(log.state.rawValue), .number(log.startedAt), .number(log.updatedAt),
            log.progress.map { Value("\($0)") } ?? .null, log.message.map { Value($0) } ?? .null,
        ])
    }

    mutating func add(_ event: PortableEvent) {
        add([
            .number(event.log), .number(event.sequence), .number(event.receivedAt), Value(event.at),
            .text(event.json),
        ])
    }

    // MARK: Content

    mutating func openContent(_ digest: Digest, size: Int64) {
        content = (digest, size)
        part = 0
        objects += 1
        openPart()
    }

    private mutating func openPart() {
        guard let content else { return }
        say(#"\\x\#(content.digest.hex)\#t\#(part)\#t\#(content.size)\#t\\x"#)
        partBytes = 0
    }

    mutating func addContent(_ piece: [UInt8]) {
        var rest = piece[...]
        while !rest.isEmpty {
            if partBytes == partSize {
                tally.append(UInt8(ascii: "\n"))
                tally.countRow()
                part += 1
                openPart()
            }
            let some = rest.prefix(Int(min(Int64(rest.count), partSize - partBytes)))
            tally.with { Self.append(hex: some, to: &$0) }
            partBytes += Int64(some.count)
            rest = rest.dropFirst(some.count)
        }
    }

    mutating func closeContent() {
        tally.append(UInt8(ascii: "\n"))
        tally.countRow()
        content = nil
    }

    // MARK: The end

    mutating func end(_ table: PortableTable) {
        tally.end(table)
        say("\\.\n")
    }

    mutating func close(damaged: Int, lacking: Int64) {
        let counts = tally.tables.map { table, rows, _ in
            Self.check(
                "SELECT count(*) FROM \"\(table.rawValue)\"", is: rows, "\(table.rawValue): % rows in place of \(rows)")
        }
        let contents = [
            Self.check(
                #"SELECT count(DISTINCT "sha256") FROM "objects""#, is: objects,
                "objects: % contents in place of \(objects)"),
            Self.check(
                #"SELECT count(*) FROM "objects" WHERE octet_length("data") = "size" AND sha256("data") <> "sha256""#,
                is: 0, "objects: % contents are not what their name says"),
            Self.check(
                #"SELECT count(*) FROM (SELECT 1 FROM "objects" GROUP BY "sha256", "size" "#
                    + #"HAVING sum(octet_length("data")) <> "size") AS s"#,
                is: 0, "objects: % contents have another size"),
            Self.check(
                #"SELECT count(*) FROM "entries" AS e WHERE "sha256" IS NOT NULL "#
                    + #"AND NOT EXISTS (SELECT 1 FROM "objects" AS o WHERE o."sha256" = e."sha256")"#,
                is: lacking, "entries: % lack their content, in place of \(lacking)"),
        ]
        say("\nDO $larder$\nDECLARE counted BIGINT;\nBEGIN\n\((counts + contents).joined())END\n$larder$;\nCOMMIT;\n\n")
        say("-- Rows, and SHA-256 over the lines between COPY and \\., their ends included:\n")
        for (table, rows, sha256) in tally.tables { say("-- \(table.rawValue) \(rows) \(sha256)\n") }
        say("-- end, damaged: \(damaged)\n")
    }

    private static func check(_ query: String, is count: Int64, _ message: String) -> String {
        """
            counted := (\(query));
            IF counted <> \(count) THEN RAISE EXCEPTION '\(message)', counted; END IF;

        """
    }
}
