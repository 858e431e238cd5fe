import Foundation
import S3TestSupport

/// The objects of a server, wherever its engine keeps them: files of the data directory, or keys of its bucket. Their
/// names are paths, `ab/ab12…`, which hold the digest of the content.
extension LarderProcess {
    /// Where the data directory keeps them.
    var objectsFolder: String { (data as NSString).appendingPathComponent("objects") }

    func objects() async throws -> [String] { try await names(in: "objects") }
    /// Damaged ones, which were moved away.
    func quarantined() async throws -> [String] { try await names(in: "quarantine") }

    /// Whether there are so many objects, or soon will be: in a bucket, a copy that is not needed goes when its last
    /// reader has.
    func has(objects count: Int) async throws -> Bool {
        try await eventually { try await self.objects().count == count }
    }

    func readObject(_ name: String) async throws -> [UInt8] {
        guard let place = try await TestPlace.known(of: data) else { return try Disk.read(objectsFolder + "/" + name) }
        return try await place.bucket.read("objects/" + name)
    }

    /// Puts other bytes where an object is.
    func overwriteObject(_ name: String, _ bytes: [UInt8]) async throws {
        guard let place = try await TestPlace.known(of: data) else {
            return try Disk.write(bytes, to: objectsFolder + "/" + name)
        }
        try await place.bucket.write("objects/" + name, bytes)
    }

    /// Turns a bit round, as a bad disk would: a file's times stay as they were.
    func flipBit(inObject name: String, at place: Int) async throws {
        let path = objectsFolder + "/" + name
        let isFile = try await TestPlace.known(of: data) == nil
        let attributes = isFile ? try FileManager.default.attributesOfItem(atPath: path) : [:]
        var bytes = try await readObject(name)
        bytes[place] ^= 0x10
        try await overwriteObject(name, bytes)
        guard isFile else { return }
        try FileManager.default.setAttributes(
            [.modificationDate: attributes[.modificationDate] as Any], ofItemAtPath: path)
    }

    func removeObject(_ name: String) async throws {
        guard let place = try await TestPlace.known(of: data) else {
            return try FileManager.default.removeItem(atPath: objectsFolder + "/" + name)
        }
        try await place.bucket.remove("objects/" + name)
    }

    private func names(in folder: String) async throws -> [String] {
        guard let place = try await TestPlace.known(of: data) else { return try Disk.files(below: data + "/" + folder) }
        return try await place.bucket.keys().filter { $0.hasPrefix(folder + "/") }
            .map { String($0.dropFirst(folder.count + 1)) }
    }
}
