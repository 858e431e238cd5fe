import Foundation

/// A certificate for 127.0.0.1 that signs itself, made with openssl.
struct TLSFiles: Sendable {
    let certificate: String
    let key: String

    static func make(_ folder: TemporaryFolder, name: String) async throws -> TLSFiles {
        let files = TLSFiles(certificate: folder.appending(name + ".pem"), key: folder.appending(name + ".key"))
        let outcome = try await Tool.run([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj",
            "/CN=\(name)",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files.key, "-out", files.certificate,
        ])
        guard outcome.ending == .exit(0) else { throw LarderProcess.Failure(description: "openssl: \(outcome.errors)") }
        return files
    }

    /// Puts other files in the place of these.
    func replace(with other: TLSFiles) throws {
        try Disk.write(try Disk.read(other.certificate), to: certificate)
        try Disk.write(try Disk.read(other.key), to: key)
    }
}
