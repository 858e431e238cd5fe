import BlobStore
import LarderHTTP
import LarderModel
import Logging
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// What answers while the server starts and its database can't be reached yet: `/healthz` says that the process is
/// there, everything else is 503.
enum WaitingServer {
    /// Returns once the index can be reached; where it can already, at once.
    /// - Returns: false: the server was asked to stop meanwhile.
    /// - Throws: `LarderError` when it can't listen; what the certificates throw.
    static func waitUntilReachable(_ engines: Engines, _ options: ServeOptions, _ logger: Logger) async throws
        -> Bool
    {
        guard let reason = await reason(engines, options) else { return true }
        say(reason, logger)
        let certificates = try options.tlsCertificateFile.map {
            try Certificates(certificateFile: $0, keyFile: options.tlsKeyFile)
        }
        let wire = WireContext(
            responder: WaitingResponder(), gate: Gatekeeper(options.limits, proxies: options.trustedProxies),
            logger: logger, shutdownLimit: .seconds(2))
        let waiting = WaitingService(engines: engines, options: options, logger: logger)
        let server = HTTPServer(wire, host: options.host, port: options.port, certificates: certificates) { _ in }
        try await LarderService.run(
            [
                .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                .init(service: waiting, successTerminationBehavior: .gracefullyShutdownGroup),
            ], options, limit: .seconds(2), logger)
        return waiting.isReached.load(ordering: .relaxed)
    }

    /// Why the index can't be reached; nil: it can.
    fileprivate static func reason(_ engines: Engines, _ options: ServeOptions) async -> String? {
        do {
            return try await NIOThreadPool.singleton.runIfActive { engines.whyAway(options.dataDirectory) }
        } catch { return "\(error)" }
    }

    fileprivate static func say(_ reason: String, _ logger: Logger) {
        logger.warning("waiting for the database: it can't be reached", metadata: ["cause": "\(reason)"])
    }
}

/// Looks twice a second whether the index can be reached, and says once a minute that it can't.
private final class WaitingService: Service {
    let isReached = Atomic(false)
    private let engines: Engines
    private let options: ServeOptions
    private let logger: Logger

    init(engines: Engines, options: ServeOptions, logger: Logger) {
        self.engines = engines
        self.options = options
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var saidAt = ContinuousClock.now
            while !Task.isCancelled {
                guard let reason = await WaitingServer.reason(engines, options) else {
                    isReached.store(true, ordering: .relaxed)
                    return
                }
                if ContinuousClock.now - saidAt >= .seconds(60) {
                    saidAt = .now
                    WaitingServer.say(reason, logger)
                }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

/// Knows one answer for everybody.
private struct WaitingResponder: HTTPResponder {
    private static let label = Exchange.Label(0)
    private static let refusal = Answer.error(
        LarderError(.unavailable, "The server waits for its database; it begins by itself once that can be reached."))

    func exchange(for request: RequestHead) -> Exchange {
        let isHealth = request.path == "/healthz" && [.GET, .HEAD].contains(request.method)
        let answer = isHealth ? Answer.json(.ok, #"{"status":"ok"}"#) : Self.refusal
        // A task passes over what follows of a body.
        return Exchange(Self.label, .task { _ in answer })
    }

    func exchange(for request: RequestHead, refusing fault: LarderError) -> Exchange {
        Exchange(Self.label, .answer(.error(fault)))
    }

    func refusal(_ error: LarderError) -> Answer { .error(error) }
    func finished(_ exchange: FinishedExchange) {}
}
