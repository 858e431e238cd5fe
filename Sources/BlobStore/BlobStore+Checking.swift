import Disk
import Index
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
            let (objects, name) = (objects, object.fileName)
            return try await pool.run { try objects.age(name) != nil } ? .corrupt : .missing
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
        let check = try await ObjectCheck.begin(object.fileName, size: object.size, in: objects)
        var seen: Int64 = 0
        while try await !check.step() {
            try Task.checkCancellation()
            let now = check.bytesRead
            try await passed(now - seen)
            seen = now
        }
    }

    /// Moves an object's file out of the way if it is damaged: reads answer `corrupt_entry` until its content is written
    /// again.
    /// - Returns: whether it was moved.
    package func quarantineIfDamaged(_ object: KeptObject) async throws -> Bool {
        // Read through a descriptor whose stamp tells this very file: only that one may be moved.
        let check = try await ObjectCheck.begin(object.fileName, size: object.size, in: objects)
        do {
            while try await !check.step() {}
            return false
        } catch let error as LarderError where error.code == .corruptEntry {
            return try await quarantine(object.fileName, check.stamp)
        }
    }

    /// The folders that the files lie in, for ``strays(inFolder:unchangedFor:)``.
    package static let fileFolders = 0..<256

    /// Files that no row names, and names in their folder that are no object's.
    /// - Parameter age: how long a file must have been as it is: what is being put has its file before its row.
    package func strays(inFolder folder: Int, unchangedFor age: Duration) async throws -> (
        files: [StrayFile], foreign: [String]
    ) {
        let objects = objects
        let (names, foreign) = try await pool.run { try objects.files(inShard: folder) }
        let known = try await index.read {
            Set(try $0.files(inShard: folder).map { ObjectFileName(digest: $0.0, encoding: $0.1) })
        }
        let files = try await pool.run {
            try names.subtracting(known).compactMap { name in
                try objects.age(name).flatMap { $0.age >= age ? StrayFile(file: name, size: $0.size) : nil }
            }
        }
        return (files, foreign)
    }

    /// Removes files that still no row names.
    /// - Returns: how many there were that may go.
    package func removeStrays(_ strays: [StrayFile]) async throws -> Int { try await removeStrays(strays.map(\.file)) }
}

extension KeptObject {
    fileprivate var fileName: ObjectFileName { ObjectFileName(digest: digest, encoding: encoding) }
}
