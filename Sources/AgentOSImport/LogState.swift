import LarderClient
import LarderModel

/// What an import knows of a log: which turns are there, and the tag by which it sees whether anything came since.
struct LogState: Sendable {
    /// `storageId`s of its events.
    private(set) var ids: Set<[UInt8]> = []
    /// Names of the fields of its metadata.
    private(set) var metadata: Set<[UInt8]> = []
    /// nil: there is no such log.
    private(set) var etag: String?
    /// Of a log that has dropped events: imported turns older than this were there once; nil: none was dropped.
    private(set) var cutBefore: Double?
    private var last: Int64 = 0

    /// What an append or a change of metadata must find.
    var condition: WriteCondition { etag.map { .ifMatch($0) } ?? .ifNew }

    /// Events that one request asks for.
    private static let pageMax = 1_000

    /// Reads what came since it was last read.
    ///
    /// The tag is the last page's. Whatever is added behind that page changes it, so a write under this tag finds the
    /// log with exactly these events, and perhaps fewer.
    mutating func read(_ log: Log) async throws {
        do {
            while true {
                let start = last
                let page = try await log.page(.after(start), limit: Self.pageMax)
                take(page)
                guard let next = page.next, next > start else { return }
                last = next
            }
        } catch let error as LarderClientError where error.code == .notFound {
            self = LogState()
        }
    }

    private mutating func take(_ page: LogPage) {
        etag = page.etag
        metadata = Self.names(of: page.metadata.json)
        for event in page.events {
            last = event.seq
            guard let id = Turn.id(of: event.json) else { continue }
            if page.dropped > 0, ids.isEmpty { cutBefore = Turn.timestamp(of: event.json) }
            ids.insert(id)
        }
    }

    /// An append of these turns went through.
    mutating func add(_ turns: [Turn], _ receipt: Log.Receipt) {
        ids.formUnion(turns.map(\.id))
        etag = receipt.etag
        last = receipt.last
    }

    private static func names(of object: [UInt8]) -> Set<[UInt8]> {
        guard let whole = try? JSONText.check(object, maxDepth: .max),
            let members = try? JSONText.members(of: whole, in: object)
        else { return [] }
        return Set(members.map { Array($0.name) })
    }
}
