package import LarderModel

/// A secret in a small file (0600) of the data directory. Every call here blocks: at start, or on the disk's threads.
package struct SecretFile: Sendable {
    package let path: String

    private static let sizeMax = 64 << 10
    /// Bytes of a secret, at least: a shorter one can be guessed.
    package static let countMin = 16

    package init(path: String) { self.path = path }

    /// The text without white space around it; nil when there is none.
    /// - Throws: `LarderError` naming the file, for who starts the server.
    package func read() throws(LarderError) -> String? {
        let file: [UInt8]?
        do { file = try FileSystem.readFile(path, limit: Self.sizeMax) } catch {
            throw LarderError(.internalError, "can't read \(path): \(error)")
        }
        guard let file else { return nil }
        // Read with U+FFFD in place of such bytes, it would be a secret that is easy to guess.
        guard let text = String(validating: file, as: UTF8.self) else {
            throw LarderError(.internalError, "\(path) is no text: a secret is UTF-8")
        }
        return Self.trimmed(text)
    }

    /// The same; a file that is missing or empty is made with a new secret.
    /// - Throws: `LarderError` naming the file, also when it holds fewer than ``countMin`` characters.
    package func read(orMake newSecret: () -> String) throws(LarderError) -> String {
        if let text = try read() {
            try Self.check(text, named: path)
            return text
        }
        let made = newSecret()
        do { try replace(made) } catch { throw LarderError(.internalError, "can't make \(path): \(error)") }
        return made
    }

    /// - Throws: `LarderError` naming where it comes from, when it is too short.
    package static func check(_ secret: String, named name: String) throws(LarderError) {
        guard secret.utf8.count < countMin else { return }
        throw LarderError(
            .internalError,
            "the secret of \(name) is too short: it needs \(countMin) characters at least; "
                + "make it longer, or remove it for a new one"
        )
    }

    /// Makes another text durable: written, fsynced, renamed, directory fsynced.
    /// - Throws: `FileSystem.Failure`, `FileSystem.SyncFailure`.
    package func replace(_ text: String) throws { try FileSystem.writeFile(path, Array((text + "\n").utf8)) }

    private static func trimmed(_ file: String) -> String? {
        var text = file.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }
}
