import Disk
import Hashing
import Index
import LarderModel

/// The lines of a manifest but for its first and last, as they are read from the index, and the small content that the
/// repository lacks. Made on a thread that may block, in one transaction; it is sent when that is over, so that a slow
/// network keeps no transaction open.
struct ManifestSpool: Sendable {
    let lines: ScratchFile
    /// One behind the other: see ``PendingContent``.
    let contents: ScratchFile
    /// How many they are.
    private(set) var smallCount = 0
    private(set) var counts = SnapshotHeader.Counts()
    private(set) var rowCount: Int64 = 0
    /// Content outside of the index that the repository lacks.
    private(set) var large: [SnapshotObject] = []
    private var stores: [Int64: Store] = [:]
    private var line: [UInt8] = []

    private struct Store {
        var site = ""
        var name = ""
        var entries: Int64 = 0
        var bytes: Int64 = 0
        var hash = SHA256()
    }

    /// - Parameter folder: on a disk with room for all rows, and for new small content.
    init(in folder: String) throws {
        lines = try ScratchFile(in: folder)
        contents = try ScratchFile(in: folder)
    }

    /// Reads the rows, and the content that is new. Blocks.
    /// - Parameter isKnown: whether the repository has this content.
    mutating func fill(
        from reader: IndexReader, _ scope: SnapshotScope, isKnown: (Digest, Encoding) -> Bool
    ) throws {
        for table in scope.tables {
            try add(ManifestMark(table))
            if table.name == scope.objects.name {
                try addObjects(reader, scope, isKnown)
            } else {
                let columns = Columns(table)
                try reader.eachRow(of: table) { try add($0, columns) }
            }
        }
        var numbers = ManifestMark()
        let last = try reader.numbers()
        numbers.numbers = last.rows
        numbers.position = last.position
        try add(numbers)
        for (_, store) in stores.sorted(by: { $0.key < $1.key }) {
            var mark = ManifestMark()
            mark.store = StoreDigest(
                site: store.site, store: store.name, entries: store.entries, bytes: store.bytes,
                sha256: store.hash.finalize().hex)
            try add(mark)
        }
    }

    private func add(_ mark: ManifestMark) throws { try lines.append(try mark.line + [UInt8(ascii: "\n")]) }

    /// A policy file that holds here.
    func add(_ file: PolicyBook.File) throws {
        var mark = ManifestMark()
        mark.policy = file.name
        mark.text = file.text
        try add(mark)
    }

    /// A secret of the installation.
    func add(_ secret: IndexFact, _ value: String) throws {
        var mark = ManifestMark()
        mark.secret = secret.rawValue
        mark.value = value
        try add(mark)
    }

    // MARK: Rows

    /// Where the columns stand that are looked at.
    private struct Columns {
        let table: String
        let id, site, name, size, store: Int?

        init(_ table: SchemaTable) {
            self.table = table.name
            id = table.index(of: "id")
            site = table.index(of: "site")
            name = table.index(of: "name")
            size = table.index(of: "size")
            store = table.index(of: "store")
        }
    }

    private mutating func add(_ row: CopiedRow, _ columns: Columns) throws {
        line.removeAll(keepingCapacity: true)
        RowText.append(row, to: &line)
        line.append(UInt8(ascii: "\n"))
        try lines.append(line)
        rowCount += 1
        count(row, columns)
    }

    private mutating func count(_ row: CopiedRow, _ columns: Columns) {
        func integer(_ column: Int?) -> Int64? {
            if let column, case .integer(let number) = row.values[column] { number } else { nil }
        }
        func text(_ column: Int?) -> String {
            if let column, case .bytes(let bytes) = row.values[column] {
                String(decoding: bytes, as: UTF8.self)
            } else {
                ""
            }
        }
        switch columns.table {
        case "stores":
            guard let id = integer(columns.id) else { return }
            let site = text(columns.site)
            guard site != SiteID.removed.text else { return }
            stores[id] = Store(site: site, name: text(columns.name))
            counts.stores += 1
            return
        case "entries":
            counts.entries += 1
            counts.bytes += integer(columns.size) ?? 0
        case "logs": counts.logs += 1
        case "log_events": counts.events += 1
        default: break
        }
        guard columns.table != "store_counts", columns.table != "store_days", let store = integer(columns.store) else {
            return
        }
        stores[store]?.hash.update(data: line)
        guard columns.table == "entries" else { return }
        stores[store]?.entries += 1
        stores[store]?.bytes += integer(columns.size) ?? 0
    }

    // MARK: Content

    private mutating func addObjects(
        _ reader: IndexReader, _ scope: SnapshotScope, _ isKnown: (Digest, Encoding) -> Bool
    ) throws {
        let columns = Columns(scope.objects)
        var wanted: [Int64] = []
        try reader.eachObject(in: scope) { object in
            try add(object.row, columns)
            counts.objects += 1
            counts.storedBytes += object.storedSize
            guard !isKnown(object.digest, object.encoding) else { return }
            if object.isInline {
                wanted.append(object.id)
            } else {
                large.append(object)
            }
        }
        try reader.eachContent(of: wanted) { object, content in
            smallCount += 1
            try contents.append(PendingContent(object).header(of: content) + content)
        }
        guard smallCount == wanted.count else {
            throw LarderError(.internalError, "the index lacks content that it names")
        }
    }
}
