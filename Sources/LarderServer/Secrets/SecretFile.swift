import Access
import LarderModel
import Objects

/// A secret in a small file (0600) of the data directory. Every call here blocks: at start, or on the disk's threads.
struct SecretFile: Sendable {
    let path: String

    private static let sizeMax = 64 << 10

    /// The text without white space around it; nil when there is none.
    /// - Throws: `LarderError` naming the file, for who starts the server.
    func read() throws(LarderError) -> String? {
        do { return try FileSystem.readFile(path, limit: Self.sizeMax).flatMap { Secrets.trimmed($0) } } catch {
            throw LarderError(.internalError, "can't read \(path): \(error)")
        }
    }

    /// The same; a file that is missing or empty is made with a new secret.
    func readOrMake() throws(LarderError) -> String {
        if let text = try read() { return text }
        let made = Secrets.random()
        do { try replace(made) } catch { throw LarderError(.internalError, "can't make \(path): \(error)") }
        return made
    }

    /// Makes another text durable: written, fsynced, renamed, directory fsynced.
    /// - Throws: `FileSystem.Failure`, `FileSystem.SyncFailure`.
    func replace(_ text: String) throws { try FileSystem.writeFile(path, Array((text + "\n").utf8)) }
}
