import Index
import LarderModel
import SnapshotRepository

/// A manifest that was read from front to back and is whole: what it says but for its rows, and which content it names.
struct SnapshotPlan: Sendable {
    let name: String
    let header: SnapshotHeader
    /// Which of ``OfflineIndex/schemas`` its rows are as new as, from 1.
    let schema: Int
    private(set) var objects = SnapshotObjects()
    private(set) var policies: [PolicyBook.File] = []
    private(set) var secrets: [IndexFact: String] = [:]
    private(set) var numbers = IndexNumbers()
    private(set) var stores: [StoreDigest] = []
    private(set) var rowCount: Int64 = 0

    /// - Throws: `LarderError` `.notFound`, `.corruptEntry`, `.conflict`; what the repository throws.
    init(_ name: String, in repository: Repository) async throws {
        var walk = try await ManifestWalk(name, in: repository)
        self.name = name
        header = walk.header
        schema = try walk.schema()
        objects.reserve(header.counts.objects)
        while let item = try await walk.next() {
            switch item {
            case .policy(let file): policies.append(file)
            case .secret(let secret, let value): secrets[secret] = value
            case .numbers(let last): numbers = last
            case .store(let store): stores.append(store)
            case .table: break
            case .rows(let rows, let table):
                rowCount += Int64(rows.count)
                guard table.name == OfflineIndex.objects.name else { break }
                for row in rows where !objects.add(row, of: table) {
                    throw ManifestLines.damaged(name, "a row of objects is none")
                }
            }
        }
        objects.seal()
    }

    /// What it names and the repository lacks.
    func missing(from contents: RepositoryContents) -> [Digest] {
        (0..<objects.count).lazy.map { objects[$0] }.filter { !contents.contains($0.digest, $0.encoding) }.map(\.digest)
    }
}
