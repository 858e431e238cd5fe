package import BlobStore
import Disk
import Index
import LarderModel
package import NIOCore
import Objects

/// Stores of a site as a text that other programs read, made piece by piece while it goes out. Its rows are those of
/// one commit; content that they name is kept from being removed as long as the export goes on: see ``ExportHold``.
///
/// In memory are, beside a piece of the text, as many small contents as have a megabyte, or a piece of a large one.
/// Used by one task at a time.
package struct PortableExport: Sendable {
    private let blobs: BlobStore
    private let spool: PortableSpool
    private var text: any PortableText
    private var stage = Stage.stores
    private var place = PortableRows.Place()
    private var batch: ArraySlice<Item> = []
    private var large: BlobStore.PlainContent?
    private let hold: ExportHold
    private var damaged: Set<Digest> = []
    private var lacking: Int64 = 0
    /// The log whose events come, with its number in the index; where to read on among the logs.
    private var log: (row: Int64, log: PortableLog)?
    private var logCount: Int64 = 0
    private var logPlace = PortableRows.Place()
    private let storeNames: [Int64: [UInt8]]

    private enum Stage { case stores, objects, entries, logs, events, done }

    private struct Item: Sendable {
        let digest: Digest?
        /// nil: the row of an object.
        let entry: PortableEntry?
        var object: KeptObject?
    }

    private static let pieceSize = 64 << 10
    private static let batchCount = 64, batchBytes: Int64 = 1 << 20

    /// Reads the rows in one transaction.
    /// - Throws: `LarderError` `.notFound` when a store is not there, `.diskFull` when there is no room for the rows.
    package init(_ order: PortableOrder, of blobs: BlobStore) async throws {
        self.blobs = blobs
        hold = try await ExportHold(blobs)
        let folder = blobs.directory.incomingPath
        do {
            spool = try await blobs.look { reader in
                try PortableSpool(try order.choose(from: try reader.storeHandles()), from: reader, in: folder)
            }
        } catch { throw blobs.writeFailure(error) }
        storeNames = Dictionary(uniqueKeysWithValues: spool.stores.map { ($0.id, $0.store.name) })
        text = order.format == .sql ? SQLText() : JSONLinesText()
        text.open(order.site, at: blobs.now)
    }

    /// The next piece of the text, a megabyte or so at most; nil at the end.
    package mutating func next() async throws -> ByteBuffer? {
        try await hold.renewIfDue()
        while text.tally.bytes.count < Self.pieceSize, stage != .done || large != nil { try await advance() }
        let piece = text.tally.take()
        return piece.isEmpty ? nil : ByteBuffer(bytes: piece)
    }

    private mutating func advance() async throws {
        if case .pieces(let reader)? = large {
            if let piece = try await reader.next() { return text.addContent(Array(piece.readableBytesView)) }
            text.closeContent()
            large = nil
            return
        }
        if let item = batch.popFirst() { return try await write(item) }
        switch stage {
        case .stores:
            text.begin(.stores)
            for (_, store) in spool.stores { text.add(store) }
            text.end(.stores)
            begin(text.hasObjects ? .objects : .entries)
        case .objects:
            if try await !fill(spool.objects, Self.item) {
                text.end(.objects)
                begin(.entries)
            }
        case .entries:
            let names = storeNames
            if try await !fill(spool.entries, { try Self.entry($0, $1, names) }) {
                text.end(.entries)
                begin(.logs)
            }
        case .logs:
            if let (_, log) = try await nextLog() { return text.add(log) }
            text.end(.logs)
            logCount = 0
            begin(.events)
            log = try await nextLog()
        case .events:
            if let event = try await nextEvent() { return text.add(event) }
            text.end(.events)
            text.close(damaged: damaged.count, lacking: lacking)
            stage = .done
        case .done: break
        }
    }

    private mutating func begin(_ next: Stage) {
        stage = next
        place = PortableRows.Place()
        logPlace = PortableRows.Place()
        switch next {
        case .objects: text.begin(.objects)
        case .entries: text.begin(.entries)
        case .logs: text.begin(.logs)
        case .events: text.begin(.events)
        case .stores, .done: break
        }
    }

    // MARK: Entries and content

    /// Reads some rows, with the small content that they name.
    /// - Returns: whether there were any.
    private mutating func fill(_ rows: PortableRows, _ item: (PortableColumns, CopiedRow) throws -> Item) async throws
        -> Bool
    {
        var items: [Item] = []
        var bytes: Int64 = 0
        while items.count < Self.batchCount, bytes < Self.batchBytes,
            let row = try await rows.next(&place, blobs.pool)
        {
            items.append(try item(rows.columns, row))
            bytes += rows.columns.integer(row, "stored_size") ?? 0
        }
        guard !items.isEmpty else { return false }
        if stage == .objects || !text.hasObjects {
            let wanted = items.indices.filter { items[$0].digest != nil }
            let found = try await blobs.keptObjects(of: wanted.compactMap { items[$0].digest })
            for (index, object) in zip(wanted, found) { items[index].object = object }
        }
        batch = items[...]
        return true
    }

    private static func item(_ columns: PortableColumns, _ row: CopiedRow) throws -> Item {
        Item(digest: try columns.needed(columns.bytes(row, "digest").flatMap { Digest($0) }, "digest"), entry: nil)
    }

    private static func entry(_ columns: PortableColumns, _ row: CopiedRow, _ stores: [Int64: [UInt8]]) throws -> Item {
        func integer(_ name: String) throws -> Int64 { try columns.needed(columns.integer(row, name), name) }
        func bytes(_ name: String) throws -> [UInt8] { try columns.needed(columns.bytes(row, name), name) }
        let isLog = try integer("placement") == Int64(Placement.log.rawValue)
        let digest = isLog ? nil : try columns.needed(Digest(try bytes("digest")), "digest")
        let entry = PortableEntry(
            store: try columns.needed(stores[try integer("store")], "store"), key: try bytes("key"),
            contentType: String(decoding: try bytes("content_type"), as: UTF8.self),
            etag: try columns.needed(ETag(try bytes("etag")), "etag"), digest: digest, size: try integer("size"),
            metadata: try bytes("metadata"), createdAt: try integer("created_at"),
            modifiedAt: try integer("modified_at"), expiresAt: columns.integer(row, "expires_at"),
            ttl: columns.integer(row, "ttl"))
        return Item(digest: digest, entry: entry)
    }

    private mutating func write(_ item: Item) async throws {
        guard let digest = item.digest else {
            if let entry = item.entry { text.add(entry, content: nil, isDamaged: false) }
            return
        }
        guard !text.hasObjects || item.entry == nil else {
            if damaged.contains(digest) { lacking += 1 }
            if let entry = item.entry { text.add(entry, content: nil, isDamaged: damaged.contains(digest)) }
            return
        }
        guard let object = item.object, let content = try await readable(object) else {
            damaged.insert(digest)
            if let entry = item.entry {
                lacking += 1
                text.add(entry, content: nil, isDamaged: true)
            }
            return
        }
        if let entry = item.entry, object.size <= Int64(JSONLinesText.pieceSize) {
            return text.add(entry, content: try await Self.whole(content), isDamaged: false)
        }
        if let entry = item.entry { text.add(entry, content: nil, isDamaged: false) }
        text.openContent(digest, size: object.size)
        if case .bytes(let bytes) = content {
            text.addContent(bytes)
            text.closeContent()
        } else {
            large = content
        }
    }

    /// nil: it is damaged, or gone.
    private func readable(_ object: KeptObject) async throws -> BlobStore.PlainContent? {
        do { return try await blobs.plainContent(of: object) } catch let error as LarderError
            where error.code == .corruptEntry
        { return nil }
    }

    private static func whole(_ content: BlobStore.PlainContent) async throws -> [UInt8] {
        switch content {
        case .bytes(let bytes): return bytes
        case .pieces(let reader):
            var bytes: [UInt8] = []
            while let piece = try await reader.next() { bytes += piece.readableBytesView }
            return bytes
        }
    }

    // MARK: Logs

    /// The next log that has an entry, with its number in the index.
    private mutating func nextLog() async throws -> (row: Int64, log: PortableLog)? {
        let columns = spool.logs.columns
        while let row = try await spool.logs.next(&logPlace, blobs.pool) {
            func integer(_ name: String) throws -> Int64 { try columns.needed(columns.integer(row, name), name) }
            func bytes(_ name: String) throws -> [UInt8] { try columns.needed(columns.bytes(row, name), name) }
            guard try integer("shown") == 1 else { continue }
            logCount += 1
            let log = PortableLog(
                id: logCount, store: try columns.needed(storeNames[try integer("store")], "store"),
                key: try bytes("key"), begin: try integer("begin"), first: try integer("first"),
                last: try integer("last"), dropped: try integer("dropped"),
                state: try columns.needed(RunState(stored: Int(try integer("state"))), "state"),
                startedAt: try integer("started_at"), updatedAt: try integer("updated_at"),
                progress: columns.real(row, "progress"),
                message: columns.bytes(row, "message").map { String(decoding: $0, as: UTF8.self) },
                chain: try bytes("chain"))
            return (try integer("id"), log)
        }
        return nil
    }

    /// The next event that its log still has. Logs and events both come by the numbers of the logs.
    private mutating func nextEvent() async throws -> PortableEvent? {
        let columns = spool.events.columns
        while let row = try await spool.events.next(&place, blobs.pool) {
            func integer(_ name: String) throws -> Int64 { try columns.needed(columns.integer(row, name), name) }
            let owner = try integer("log"), sequence = try integer("seq")
            while let known = log, known.row < owner { log = try await nextLog() }
            guard let known = log, known.row == owner, known.log.first <= sequence, sequence <= known.log.last,
                let json = columns.bytes(row, "event")
            else { continue }
            return PortableEvent(
                log: known.log.id, sequence: sequence, receivedAt: try integer("received_at"),
                at: columns.integer(row, "happened_at"), json: json)
        }
        return nil
    }
}
