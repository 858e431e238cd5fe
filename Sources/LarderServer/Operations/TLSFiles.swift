import LarderModel
import NIOSSL

/// Certificate and key from PEM files.
enum TLSFiles {
    /// - Throws: `LarderError` naming the file that can't be used.
    static func configuration(certificateFile: String, keyFile: String?) throws(LarderError) -> TLSConfiguration {
        guard let keyFile else { throw LarderError(.malformedRequest, "--tls-cert needs --tls-key") }
        let certificates: [NIOSSLCertificateSource]
        do { certificates = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) } } catch {
            throw LarderError(.malformedRequest, "can't use the certificate \(certificateFile): \(error)")
        }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(file: keyFile, format: .pem) } catch {
            throw LarderError(.malformedRequest, "can't use the key \(keyFile): \(error)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: certificates, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }
}
