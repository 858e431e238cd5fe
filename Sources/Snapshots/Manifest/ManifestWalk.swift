import Index
import LarderModel
import SnapshotRepository

/// Reads a manifest from front to back.
struct ManifestWalk {
    enum Item {
        case policy(PolicyBook.File)
        case secret(IndexFact, String)
        /// Rows of a table follow.
        case table(SchemaTable)
        /// Some of its rows.
        case rows([CopiedRow], SchemaTable)
        case numbers(IndexNumbers)
        case store(StoreDigest)
    }

    /// Rows that are given together.
    private static let rowsMax = 2_000

    let header: SnapshotHeader
    private let name: String
    private var lines: ManifestLines
    private var waiting: ArraySlice<ArraySlice<UInt8>>
    private var digest = LineDigest()
    private var table: SchemaTable?
    private var rowCount: Int64 = 0
    private var isOver = false

    /// Reads the first line.
    /// - Throws: `LarderError` `.notFound`, `.corruptEntry`; `.conflict` when a newer larder has made it.
    init(_ name: String, in repository: Repository) async throws {
        self.name = name
        var lines = ManifestLines(try await repository.manifest(name), name: name)
        guard var first = try await lines.next()?[...], let line = first.popFirst(),
            let header = ManifestMark.read(SnapshotHeader.self, line)
        else { throw ManifestLines.damaged(name, "its first line says nothing") }
        guard header.format <= SnapshotHeader.formatMax else {
            throw LarderError(.conflict, "the snapshot \(name) was made by a newer larder; use that one")
        }
        guard header.snapshot == name else { throw ManifestLines.damaged(name, "it is another one's") }
        self.header = header
        self.lines = lines
        waiting = first
        digest.take(line)
    }

    /// Which of ``OfflineIndex/schemas`` its rows are as new as, from 1.
    /// - Throws: `LarderError` `.conflict` when this larder does not know it.
    func schema() throws(LarderError) -> Int {
        guard let place = OfflineIndex.schemas.firstIndex(of: header.schema) else {
            throw LarderError(
                .conflict, "the snapshot \(name) was made by a newer larder (\(header.version)); use that one")
        }
        return place + 1
    }

    /// The next item; nil behind the last, when all of it was what it was meant to be.
    /// - Throws: `LarderError` `.corruptEntry`; what the repository throws.
    mutating func next() async throws -> Item? {
        while true {
            while let line = waiting.first {
                guard !isOver else { throw ManifestLines.damaged(name, "something follows its end") }
                if line.first == UInt8(ascii: "["), let table { return .rows(try rows(of: table), table) }
                waiting.removeFirst()
                if let item = try item(line) { return item }
            }
            guard let more = try await lines.next() else { break }
            waiting = more[...]
        }
        guard isOver else { throw ManifestLines.damaged(name, "its end is missing") }
        return nil
    }

    private mutating func rows(of table: SchemaTable) throws(LarderError) -> [CopiedRow] {
        var rows: [CopiedRow] = []
        while rows.count < Self.rowsMax, let line = waiting.first, line.first == UInt8(ascii: "[") {
            guard let row = RowText.row(line, table.columns) else {
                throw ManifestLines.damaged(name, "a row of \(table.name) is none")
            }
            rows.append(row)
            digest.take(line)
            waiting.removeFirst()
        }
        rowCount += Int64(rows.count)
        return rows
    }

    private mutating func item(_ line: ArraySlice<UInt8>) throws(LarderError) -> Item? {
        guard let mark = ManifestMark.read(ManifestMark.self, line) else {
            throw ManifestLines.damaged(name, "a line of it can't be read")
        }
        if let end = mark.end {
            guard end.sha256 == digest.hex, end.rows == rowCount else {
                throw ManifestLines.damaged(name, "its lines are not those that were written")
            }
            isOver = true
            return nil
        }
        digest.take(line)
        if let policy = mark.policy, let text = mark.text { return .policy(.init(name: policy, text: text)) }
        if let secret = mark.secret.flatMap({ IndexFact(rawValue: $0) }), let value = mark.value {
            return .secret(secret, value)
        }
        if let numbers = mark.numbers { return .numbers(IndexNumbers(rows: numbers, position: mark.position ?? 0)) }
        if let store = mark.store { return .store(store) }
        guard let table = mark.schemaTable else { throw ManifestLines.damaged(name, "a line of it says nothing") }
        self.table = table
        return .table(table)
    }
}
