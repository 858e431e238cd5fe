import LarderModel
import NIOHTTP2
import NIOSSL

/// Certificate and key from PEM files.
enum TLSFiles {
    /// TLS 1.2 and later, HTTP/2 and HTTP/1.1 by ALPN.
    /// - Throws: `LarderError` naming the file that can't be used.
    static func context(certificateFile: String, keyFile: String?) throws(LarderError) -> NIOSSLContext {
        guard let keyFile else { throw LarderError(.malformedRequest, "--tls-cert needs --tls-key") }
        let certificates: [NIOSSLCertificateSource]
        do { certificates = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) } } catch {
            throw LarderError(.malformedRequest, "can't use the certificate \(certificateFile): \(error)")
        }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(file: keyFile, format: .pem) } catch {
            throw LarderError(.malformedRequest, "can't use the key \(keyFile): \(error)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = NIOHTTP2SupportedALPNProtocols
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw LarderError(
                .malformedRequest,
                "the certificate \(certificateFile) and the key \(keyFile) don't go together: \(error)")
        }
    }
}
