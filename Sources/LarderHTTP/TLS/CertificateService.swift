import LarderModel
package import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Reads certificate and key again at every SIGHUP.
package struct CertificateService: Service {
    private let certificates: Certificates
    private let logger: Logger

    package init(_ certificates: Certificates, logger: Logger) {
        self.certificates = certificates
        self.logger = logger
    }

    package func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                try await NIOThreadPool.singleton.runIfActive { try certificates.reload() }
                logger.notice("certificate and key were read again")
            } catch {
                logger.error(
                    "the old certificate stays in use", metadata: ["cause": "\(LarderError.wrapping(error).message)"])
            }
        }
    }
}
