import Access
import Glibc
import LarderModel
import ObjectFiles

/// The secrets of a data directory, made at its first start.
struct DirectorySecrets {
    let adminToken: String
    let signingSecret: String

    /// - Throws: `LarderError` when a file can't be read or made.
    init(_ directory: DataDirectory) throws(LarderError) {
        adminToken = try Self.secret(directory.adminTokenPath)
        if let given = getenv("LARDER_SIGNING_SECRET").map({ String(cString: $0) }), !given.isEmpty {
            signingSecret = given
        } else {
            signingSecret = try Self.secret(directory.signingKeyPath)
        }
    }

    private static func secret(_ path: String) throws(LarderError) -> String {
        do {
            if let bytes = try FileSystem.readFile(path, limit: 4_096), let text = Secrets.trimmed(bytes) { return text }
            let made = Secrets.random()
            try FileSystem.writeFile(path, Array((made + "\n").utf8))
            return made
        } catch {
            throw LarderError(.internalError, "can't use \(path): \(error)")
        }
    }
}
