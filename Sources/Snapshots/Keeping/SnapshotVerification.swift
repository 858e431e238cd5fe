import Index
package import LarderModel
import NIOCore
import Objects
package import SnapshotRepository

/// What came of verifying a snapshot.
package struct VerificationResult: Sendable, Codable {
    package var snapshot = ""
    /// Contents that it names, and bytes of them that were read.
    package var objects: Int64 = 0
    package var bytes: Int64 = 0
    /// SHA-256 of contents that the repository lacks, and of those whose bytes are others.
    package var missing: [String] = []
    package var damaged: [String] = []
    /// Entries whose content that is: the first 1,000.
    package var entries: [Name] = []

    package struct Name: Sendable, Codable {
        package var site: String
        /// For people: U+FFFD stands for what is no UTF-8.
        package var store: String
        package var key: String
    }

    package init(snapshot: String = "", objects: Int64 = 0) {
        self.snapshot = snapshot
        self.objects = objects
    }

    package var isClean: Bool { missing.isEmpty && damaged.isEmpty }
}

/// Reads a snapshot's manifest, looks whether all content that it names is in the repository and, if that is wanted,
/// reads and hashes it.
package struct SnapshotVerification: Sendable {
    private let repository: Repository
    private let name: SnapshotName
    private let readsAll: Bool

    private static let namedMax = 1_000

    package init(_ name: SnapshotName, in repository: Repository, readsAll: Bool) {
        self.name = name
        self.repository = repository
        self.readsAll = readsAll
    }

    /// - Parameter report: called often.
    package func run(report: @Sendable (JobProgress) -> Void) async throws -> VerificationResult {
        let plan = try await SnapshotPlan(name.text, in: repository)
        let contents = try await repository.contents()
        var result = VerificationResult(snapshot: name.text, objects: Int64(plan.objects.count))
        let missing = plan.missing(from: contents)
        result.missing = missing.map(\.hex)
        var bad = Set(missing)
        if readsAll {
            let damaged = try await read(plan, contents, &result, report)
            result.damaged = damaged.map(\.hex)
            bad.formUnion(damaged)
        }
        if !bad.isEmpty { result.entries = try await entries(of: bad) }
        return result
    }

    private func read(
        _ plan: SnapshotPlan, _ contents: RepositoryContents, _ result: inout VerificationResult,
        _ report: (JobProgress) -> Void
    ) async throws -> [Digest] {
        var damaged: [Digest] = []
        var progress = JobProgress(done: 0, total: Int64(plan.objects.count))
        func passed(_ bytes: Int64) {
            progress.done += 1
            progress.bytes += bytes
            report(progress)
        }
        let objects = plan.objects
        var lost: Set<Digest> = [], good: Set<Digest> = []
        try await repository.eachPacked(in: contents, wanted: { objects.find($0, $1) != nil }) { pack in
            lost.formUnion(pack.lost.map(\.digest))
        } _: { content in
            guard good.insert(content.digest).inserted else { return }
            passed(Int64(content.stored.count))
        }
        damaged += lost.subtracting(good)
        for place in 0..<plan.objects.count {
            let object = plan.objects[place]
            guard contents.isOnlyLarge(object.digest, object.encoding) else { continue }
            if try await !isGood(object, contents) { damaged.append(object.digest) }
            passed(object.storedSize)
        }
        result.bytes = progress.bytes
        return damaged
    }

    private func isGood(_ object: SnapshotObject, _ contents: RepositoryContents) async throws -> Bool {
        do {
            let reader = try await repository.read(object.digest, object.encoding, size: object.size)
            while try await reader.next() != nil {}
            return true
        } catch let error as LarderError where [.corruptEntry, .notFound].contains(error.code) { return false }
    }

    /// Which entries have such content.
    private func entries(of bad: Set<Digest>) async throws -> [VerificationResult.Name] {
        var stores: [Int64: (site: String, name: String)] = [:]
        var names: [VerificationResult.Name] = []
        var walk = try await ManifestWalk(name.text, in: repository)
        while let item = try await walk.next(), names.count < Self.namedMax {
            guard case .rows(let rows, let table) = item else { continue }
            func integer(_ row: CopiedRow, _ name: String) -> Int64 {
                if let column = table.index(of: name), case .integer(let number) = row.values[column] {
                    number
                } else {
                    0
                }
            }
            func bytes(_ row: CopiedRow, _ name: String) -> [UInt8] {
                if let column = table.index(of: name), case .bytes(let bytes) = row.values[column] { bytes } else { [] }
            }
            func text(_ row: CopiedRow, _ name: String) -> String { String(decoding: bytes(row, name), as: UTF8.self) }
            switch table.name {
            case "stores": for row in rows { stores[integer(row, "id")] = (text(row, "site"), text(row, "name")) }
            case "entries":
                for row in rows where Digest(bytes(row, "digest")).map({ bad.contains($0) }) ?? false {
                    let store = stores[integer(row, "store")]
                    names.append(.init(site: store?.site ?? "", store: store?.name ?? "", key: text(row, "key")))
                }
            default: break
            }
        }
        return Array(names.prefix(Self.namedMax))
    }
}
