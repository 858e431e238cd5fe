package import LarderModel
package import NIOSSL
import Synchronization

/// The certificate and key in use, and the files that they come from.
package final class Certificates: Sendable {
    private let certificateFile: String
    private let keyFile: String?
    private let current: Mutex<NIOSSLContext>

    /// - Throws: `LarderError` naming the file that can't be used.
    package init(certificateFile: String, keyFile: String?) throws(LarderError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        current = Mutex(try TLSFiles.context(certificateFile: certificateFile, keyFile: keyFile))
    }

    /// What a new connection uses.
    package var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads the files again; connections that are open keep what they began with. Blocks for two small files.
    /// - Throws: `LarderError` naming what can't be used; the old ones stay.
    package func reload() throws(LarderError) {
        let fresh = try TLSFiles.context(certificateFile: certificateFile, keyFile: keyFile)
        current.withLock { $0 = fresh }
    }
}
