package import LarderModel

extension Repository {
    private static let manifestFolder = "snapshots/", manifestSuffix = ".json.gz"
    /// Characters of a manifest's name, at most.
    package static let manifestNameMax = 200

    /// The manifests there are, in no order; names without folder and suffix.
    package func manifests() async throws -> [RepositoryFile] {
        try await storage.list(Self.manifestFolder).compactMap { file in
            guard file.name.hasSuffix(Self.manifestSuffix) else { return nil }
            let name = file.name.dropFirst(Self.manifestFolder.count).dropLast(Self.manifestSuffix.count)
            guard !name.contains("/") else { return nil }
            return RepositoryFile(name: String(name), size: file.size, modifiedAt: file.modifiedAt)
        }
    }

    /// Prepares to write a manifest.
    /// - Parameter name: letters, digits and `-_.`; one that is there is replaced when this one is finished.
    /// - Throws: `LarderError` `.malformedRequest` for another name.
    package func makeManifest(_ name: String) throws(LarderError) -> ManifestWriter {
        ManifestWriter(sink(try path(ofManifest: name)), pool: pool)
    }

    /// Opens a manifest.
    /// - Throws: `LarderError` `.notFound`, `.malformedRequest`, `.corruptEntry`.
    package func manifest(_ name: String) async throws -> ManifestReader {
        guard let source = try await source(path(ofManifest: name)) else {
            throw LarderError(.notFound, "there is no snapshot \(name) in the repository at \(place)")
        }
        return ManifestReader(source, name, pool: pool)
    }

    /// Removing one that is not there is no error. What it named stays until ``removeContents(keeping:grace:under:)``.
    /// - Throws: `LarderError` `.malformedRequest`.
    package func removeManifest(_ name: String) async throws { try await storage.remove(path(ofManifest: name)) }

    private func path(ofManifest name: String) throws(LarderError) -> String {
        guard name.utf8.count <= Self.manifestNameMax, !name.contains("/"), RepositoryFile.isName(name) else {
            throw LarderError(.malformedRequest, "A snapshot's name is letters, digits and -_. between them.")
        }
        return Self.manifestFolder + name + Self.manifestSuffix
    }
}
