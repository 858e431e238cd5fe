package import BlobStore
import Index
import LarderModel

/// The last snapshot that came to its end.
package struct LastBackup: Sendable, Hashable, Codable {
    package let snapshot: String
    /// When, in milliseconds since 1970.
    package let at: Int64
    /// Of the content that it names, as kept.
    package let bytes: Int64
    /// What it added to its repository.
    package let newBytes: Int64

    /// - Returns: nil: there was none yet.
    package static func of(_ blobs: BlobStore) async throws -> LastBackup? {
        guard let noted = try await blobs.look({ try $0.fact(.backup) }) else { return nil }
        return try? JobJSON.decode(LastBackup.self, noted)
    }
}
