import Disk
package import Index
import LarderModel
import Objects

/// Comparing what is kept with what it should be: small content in the index, large content in files, and files with
/// the rows that name them.
extension BlobStore {
    /// Reads an object's whole content and compares it with its name.
    /// - Parameter passed: told of bytes read of a file, some at a time; what it throws ends the reading.
    /// - Returns: nil when all is well.
    package func damage(
        of object: KeptObject, passed: (Int64) async throws -> Void = { _ in }
    ) async throws -> ObjectDamage? {
        do {
            if let content = object.content {
                try await pool.run { try Self.checkInline(object, content) }
            } else {
                try await checkFile(of: object, passed)
            }
            return nil
        } catch let error as LarderError {
            guard error.code == .corruptEntry else { return .unreadable }
            guard object.content == nil else { return .corrupt }
            return try await objects.stat(object.locator) != nil ? .corrupt : .missing
        }
    }

    /// Those of some objects in the index whose content is damaged. One hop for all of them: each alone would cost more
    /// than its hash. Objects in files are passed over.
    package func damagedInline(among some: [KeptObject]) async throws -> [KeptObject] {
        try await pool.run {
            some.filter { object in object.content.map { (try? Self.checkInline(object, $0)) == nil } ?? false }
        }
    }

    private static func checkInline(_ object: KeptObject, _ content: [UInt8]) throws {
        _ = try InlineObject.verifiedPlain(content, encoding: object.encoding, size: object.size, digest: object.digest)
    }

    private func checkFile(of object: KeptObject, _ passed: (Int64) async throws -> Void) async throws {
        let check = try await objects.check(object.locator, size: object.size)
        var seen: Int64 = 0
        while try await !check.step() {
            try Task.checkCancellation()
            let now = check.bytesRead
            try await passed(now - seen)
            seen = now
        }
    }

    /// Moves an object's file out of the way if it is damaged: reads answer `corrupt_entry` until its content is
    /// written again.
    /// - Returns: whether it was moved.
    package func quarantineIfDamaged(_ object: KeptObject) async throws -> Bool {
        // Its stamp tells this very object: only that one may be moved.
        let check = try await objects.check(object.locator, size: object.size)
        do {
            while try await !check.step() {}
            return false
        } catch let error as LarderError where error.code == .corruptEntry {
            return try await quarantine(object.locator, ifStill: check.stamp)
        }
    }

    /// The shards that files lie in, for ``strays(inShard:unchangedFor:)``.
    package static let shardCount = 256

    /// Files that no row names, and names among them that are no object's.
    /// - Parameter age: how long a file must have been as it is, unless its backend knows better: what is being put has
    ///   its file before its row.
    package func strays(inShard shard: UInt8, unchangedFor age: Duration) async throws -> (
        files: [StrayFile], foreign: [String]
    ) {
        let listing = try await objects.list(shard: shard)
        let known = try await index.read {
            Set(try $0.files(inShard: Int(shard)).map { ObjectLocator($0.0, $0.1, place: $0.place) })
        }
        let age = PlantedFault.strikes(.collectYoung) ? .zero : objects.backend.strayAge ?? age
        var strays: [StrayFile] = []
        for locator in listing.objects.subtracting(known) {
            guard let status = try await objects.stat(locator), status.age >= age else { continue }
            strays.append(StrayFile(locator: locator, size: status.size))
        }
        return (strays, listing.foreign)
    }
}

extension KeptObject {
    fileprivate var locator: ObjectLocator { ObjectLocator(digest, encoding, place: place) }
}
