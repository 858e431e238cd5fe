import Disk
import Glibc
import Hashing
package import LarderModel
import Sealing

/// What an encrypted repository is locked with, from a key file. Sub-keys for each use come out of it by HKDF, the same
/// in every repository: a `config.json` that is lost or replaced locks nobody out.
package struct RepositoryKey: Sendable {
    /// Bytes of a key, at least: a shorter one can be guessed.
    package static let countMin = 16
    /// Bytes of a key file that are taken.
    private static let countMax = 64 << 10

    /// What each file's key is made of.
    private let fileSecret: [UInt8]
    /// What digests are hidden with.
    private let nameKey: [UInt8]
    /// Kept in `config.json`: tells a wrong key.
    let check: [UInt8]

    /// - Parameter secret: ``countMin`` bytes at least.
    /// - Throws: `LarderError` `.malformedRequest` when it is too short.
    package init(_ secret: [UInt8]) throws(LarderError) {
        guard secret.count >= Self.countMin else {
            throw LarderError(
                .malformedRequest, "a key needs \(Self.countMin) bytes at least; make one with: openssl rand -hex 32")
        }
        func subkey(_ use: String) -> [UInt8] {
            HKDF.key(from: secret, salt: Array("larder repository 1".utf8), info: Array(use.utf8))
        }
        fileSecret = subkey("files")
        nameKey = subkey("names")
        check = subkey("check")
    }

    /// Reads a key file: any bytes, but for one line break at their end. Blocks.
    /// - Throws: `LarderError` `.malformedRequest` that names the file: missing, unreadable, too short, or others may
    ///   read it.
    package init(file path: String) throws(LarderError) {
        func refused(_ why: String) -> LarderError {
            LarderError(.malformedRequest, "the key file \(path) can't be used: \(why)")
        }
        var bytes: [UInt8]
        do {
            guard try !FileSystem.isOpenToOthers(path) else {
                throw refused("others may read it; chmod 600 it, and make a new one if others are on this machine")
            }
            guard let found = try FileSystem.readFile(path, limit: Self.countMax + 1) else {
                throw refused("there is none")
            }
            bytes = found
        } catch let error as LarderError { throw error } catch { throw refused("\(error)") }
        guard bytes.count <= Self.countMax else { throw refused("it has more than \(Self.countMax) bytes") }
        if bytes.last == 10 { bytes.removeLast() }
        if bytes.last == 13 { bytes.removeLast() }
        do { try self.init(bytes) } catch { throw refused(error.message) }
    }

    /// What a digest is called by, so that nobody can tell it without the key: 32 bytes.
    func hidden(_ bytes: [UInt8]) -> [UInt8] { MAC.sha256(bytes, key: nameKey) }

    /// The cipher of one file. Bound to its name: under another it opens nothing.
    func cipher(_ name: String, salt: [UInt8]) -> AESGCM {
        AESGCM(key: HKDF.key(from: fileSecret, salt: salt, info: Array(name.utf8)))
    }
}
