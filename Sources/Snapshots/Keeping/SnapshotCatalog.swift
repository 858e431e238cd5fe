import LarderModel
package import SnapshotRepository

/// A snapshot in a list.
package struct ListedSnapshot: Sendable {
    package let name: SnapshotName
    /// nil: its manifest can't be read; ``problem`` says why.
    package let header: SnapshotHeader?
    package let problem: String?
    /// Bytes of its manifest as kept.
    package let manifestSize: Int64
}

/// Which snapshots a repository holds.
package struct SnapshotCatalog: Sendable {
    private let repository: Repository

    /// Manifests whose beginnings are read at a time.
    private static let readAtOnce = 8

    package init(_ repository: Repository) { self.repository = repository }

    /// Names, oldest first.
    /// - Parameter larder: of this one only; nil: of all.
    package func names(of larder: String? = nil) async throws -> [SnapshotName] {
        try await repository.manifests().compactMap { SnapshotName($0.name) }
            .filter { larder == nil || $0.larder == larder }.sorted()
    }

    /// Snapshots with what their manifests begin with, oldest first.
    /// - Parameter larder: of this one only; nil: of all.
    package func list(of larder: String?) async throws -> [ListedSnapshot] {
        let files = try await repository.manifests().compactMap { file in
            SnapshotName(file.name).map { ($0, file.size) }
        }
        .filter { larder == nil || $0.0.larder == larder }
        return try await withThrowingTaskGroup(of: ListedSnapshot.self) { group in
            var listed: [ListedSnapshot] = []
            for (started, (name, size)) in files.enumerated() {
                if started >= Self.readAtOnce, let one = try await group.next() { listed.append(one) }
                group.addTask { try await read(name, size) }
            }
            for try await one in group { listed.append(one) }
            return listed.sorted { $0.name < $1.name }
        }
    }

    private func read(_ name: SnapshotName, _ size: Int64) async throws -> ListedSnapshot {
        do {
            let header = try await ManifestWalk(name.text, in: repository).header
            return ListedSnapshot(name: name, header: header, problem: nil, manifestSize: size)
        } catch let error as LarderError where [.corruptEntry, .conflict, .notFound].contains(error.code) {
            return ListedSnapshot(name: name, header: nil, problem: error.message, manifestSize: size)
        }
    }

    /// Finds a snapshot.
    /// - Parameters:
    ///   - id: its ID, its whole name, or `latest`.
    ///   - larder: whose latest; nil: of all.
    /// - Throws: `LarderError` `.notFound`; `.malformedRequest` when several have that ID.
    package func find(_ id: String, larder: String?) async throws -> SnapshotName {
        let names = try await names()
        if id == "latest" {
            guard let last = names.last(where: { larder == nil || $0.larder == larder }) else {
                throw LarderError(.notFound, "There is no snapshot yet in \(repository.place).")
            }
            return last
        }
        let found = names.filter { $0.text == id || $0.id == id }
        guard let name = found.first else {
            throw LarderError(
                .notFound,
                "There is no snapshot '\(id.prefix(80))' in \(repository.place); 'larder backup list --all' shows them."
            )
        }
        guard found.count == 1 else {
            throw LarderError(.malformedRequest, "Several snapshots have the ID '\(id)'; give the whole name.")
        }
        return name
    }

    /// What a snapshot is, with what its manifest says of each store. Reads all of it.
    package func show(_ name: SnapshotName) async throws -> (header: SnapshotHeader, stores: [StoreDigest]) {
        let plan = try await SnapshotPlan(name.text, in: repository)
        return (plan.header, plan.stores)
    }
}
