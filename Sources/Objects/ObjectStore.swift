package import Disk
import LarderModel

/// Content-addressed objects, named by the SHA-256 of their plain content, over whatever backend keeps them.
///
/// Write order, which is what makes a 2xx mean something: all bytes into a sink, which is placed durably; only then may
/// the index commit a row that names the object (contract §2, promise 1). Placing over an equal object replaces it, so
/// a damaged one heals when its content is written again.
package final class ObjectStore: Sendable {
    package let claims = DigestClaims()
    package let backend: any ObjectBackend
    let pool: DiskPool
    private let checked = CheckedObjects()
    /// Whether where an object lies is not said by its digest and form alone, but by its row.
    package let givesPlaces: Bool

    /// Plain content up to this size is kept in the index: one commit instead of a file, two fsyncs and a rename.
    /// Measured on a machine of our kind (docs/design.md, "Inline threshold").
    package static let inlineMax = 32 << 10

    /// - Parameter pool: where hashing and compressing are done.
    package init(_ backend: any ObjectBackend, pool: DiskPool) {
        self.backend = backend
        self.pool = pool
        givesPlaces = backend.givesPlaces
    }

    /// We hashed the bytes of a new object on their way in: the first read need not do it again.
    func remember(_ locator: ObjectLocator, _ stamp: ObjectStamp) { checked.remember(locator, stamp) }

    /// Opens an object for reading. The first time in this process, and whenever its stamp has changed, the whole
    /// content is hashed before a byte is given out: damage is reported, never served. 500 MB take about 0.4 s then.
    /// - Parameter size: bytes of the plain content.
    /// - Throws: `LarderError` `.corruptEntry` when it is missing, short or not what its name says.
    package func open(_ locator: ObjectLocator, size: Int64) async throws -> ObjectReader {
        let reader = try await openUnchecked(locator, size: size)
        if checked.contains(locator, reader.stamp) { return reader }
        let check = ObjectCheck(reader)
        while try await !check.step() {}
        checked.remember(locator, reader.stamp)
        return reader
    }

    /// Opens an object to compare it with its name.
    /// - Throws: `LarderError` `.corruptEntry` when it is missing.
    package func check(_ locator: ObjectLocator, size: Int64) async throws -> ObjectCheck {
        ObjectCheck(try await openUnchecked(locator, size: size))
    }

    private func openUnchecked(_ locator: ObjectLocator, size: Int64) async throws -> ObjectReader {
        guard let source = try await backend.open(locator) else {
            throw Self.corrupt(locator.digest, "there is none")
        }
        return ObjectReader(locator, size: size, source, pool: pool)
    }

    /// What is known of an object without reading it; nil when there is none.
    package func stat(_ locator: ObjectLocator) async throws -> ObjectStatus? { try await backend.stat(locator) }

    /// The objects of one of the 256 shards, and names among them that are no object's.
    package func list(shard: UInt8) async throws -> ObjectListing { try await backend.list(shard: shard) }

    static func corrupt(_ digest: Digest, _ problem: String) -> LarderError {
        LarderError(
            .corruptEntry, "The stored content of this entry is damaged and is not served; write it again to heal it.",
            cause: "object \(digest): \(problem)")
    }
}
