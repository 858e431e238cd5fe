import Disk
import LarderModel
package import Objects

/// Whose a folder outside of the data directory is: `larder.id` in it says.
extension ObjectsOnDisk {
    private var markPath: String { path + "/larder.id" }

    private func mark(_ owner: ObjectOwner) -> [UInt8] { Array("larder 1 \(owner.identity.hex)\n".utf8) }

    package func check(for owner: ObjectOwner) async throws -> Bool {
        guard address != nil else { return true }
        return try await onDisk { [self] in
            // Before the mark: another node may make both at this moment.
            let isEmpty = try !FileSystem.list(path).contains("objects")
            let found = try FileSystem.readFile(markPath)
            guard found == nil || found == mark(owner) else {
                throw refused(
                    "it holds the objects of another Larder's index: choose another folder, or put that index back")
            }
            guard found != nil || !owner.hasObjects else {
                throw refused("the index names objects in it, but its larder.id is missing: is this the right folder?")
            }
            guard found != nil || isEmpty else {
                throw refused("there are objects in it, but no larder.id that says whose: choose another folder")
            }
            try prepare()
            return found != nil
        }
    }

    package func mark(for owner: ObjectOwner) async throws {
        guard address != nil else { return }
        try await onDisk { [self] in
            do { try FileSystem.writeFile(markPath, mark(owner)) } catch {
                throw refused("\(error)")
            }
        }
    }

    private func refused(_ why: String) -> LarderError {
        LarderError(.internalError, "the folder \(path) can't be used for objects: \(why)")
    }
}
