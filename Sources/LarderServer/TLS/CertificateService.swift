import LarderModel
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Reads certificate and key again at every SIGHUP.
struct CertificateService: Service {
    let certificates: Certificates
    let logger: Logger

    func run() async throws {
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
