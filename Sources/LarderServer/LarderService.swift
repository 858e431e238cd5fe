import Disk
import Access
package import BlobStore
import Glibc
import Housekeeping
import LarderHTTP
import LarderModel
import LearningMemory
import Logging
import NIOCore
import NIOPosix
import Logs
import ServiceLifecycle
package import Snapshots
import StorePolicies
import UnixSignals
import Vaults

/// The server as a whole.
package enum LarderService {
    /// On SIGTERM, requests under way have this long to finish; then their tasks are cancelled.
    static let shutdownLimit = Duration.seconds(30)

    /// How serving came to its end.
    private enum Ending {
        case asked
        /// A restore has made another state for the data directory: it is to be opened anew.
        case replaced
    }

    /// Serves until SIGTERM or SIGINT. Prints a line,
    /// `larder <version> listening on http://127.0.0.1:7373 (data: …)`, to standard output once it takes requests.
    /// - Parameter welcome: lines to print behind that one, for the URL at which commands on this machine reach it.
    /// - Throws: `LarderError` when it can't start: its message is the one line to show.
    package static func run(
        _ options: ServeOptions, on engines: Engines, repositories: Repositories = .none,
        welcome: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) async throws {
        guard !options.noAuth || isLoopback(options.host) else {
            throw LarderError(
                .forbidden,
                "--no-auth lets anybody do anything, so it goes with a loopback address only, not with \(options.host)")
        }
        try options.limits.check()
        ignoreHangUps()
        let logger = ServerLogger.make(options.logFormat, level: options.logLevel)
        raiseDescriptorLimit()
        let reopening = Reopening()
        try await withThrowingTaskGroup(of: Void.self) { [options] group in
            group.addTask { await reopening.watchSignals() }
            defer { group.cancelAll() }
            while try await runOnce(options, engines, repositories, logger, reopening, welcome) == .replaced {
                logger.notice("opens the data directory anew: a restore has made another state for it")
            }
        }
    }

    /// Serves one state of the data directory. Nothing of it is kept in memory for the next.
    private static func runOnce(
        _ options: ServeOptions, _ engines: Engines, _ repositories: Repositories, _ logger: Logger,
        _ reopening: Reopening, _ welcome: @escaping @Sendable (String) -> [String]
    ) async throws -> Ending {
        var options = options
        // Whoever asked at the first port asks there again.
        options.port = reopening.port ?? options.port
        let named = try options.storesDirectory.map { try StorePolicies.load(directory: $0) }
        guard try await WaitingServer.waitUntilReachable(engines, options, logger) else { return .asked }
        let directory = try DataDirectory(options.dataDirectory) { directory throws(LarderError) in
            try engines.accept(directory)
        }
        defer { directory.release() }
        if let said = directory.settlement.said { logger.notice("\(said)") }
        let policies = try named ?? StorePolicies.load(directory: restoredPolicies(options))
        let doors = directory.closeDoors()
        let cors = CORS(origins: try CORSOrigins(options.corsOrigins))
        let clock = try ShiftedClock.fromEnvironment()
        let pool = DiskPool()
        let wish = reopening.begin()
        let blobs = try BlobStore(
            directory: directory, engine: engines.index(directory.indexPath), node: NodeIdentity(options),
            backend: engines.objects(directory, pool), pool: pool, policies: policies, clock: clock,
            jsonDepth: options.limits.jsonDepth, minFree: options.minFree, logger: logger)
        let (adminToken, signingKeys) = try await secrets(blobs, logger)
        let hasObjects = try await settle(blobs, logger)
        fitToDescriptors(&options.limits, logger)
        let hub = FollowerHub(followersMax: options.limits.followers, followersOfOneMax: options.limits.runFollowers)
        let schedule = JobSchedule(
            cleanupEvery: options.cleanupEvery, scrubPeriod: options.scrubPeriod,
            backup: options.backupEvery.map { .init(every: $0, keep: options.backupKeep) })
        let access = try await AccessControl(
            blobs: blobs, adminToken: adminToken, signingKeys: signingKeys, isOpen: options.noAuth,
            defaultLimit: options.tokenLimit, logger: logger)
        let faces = FaceTable(Face.all)
        let gate = Gatekeeper(options.limits, proxies: options.trustedProxies)
        let context = ServerContext(
            entries: EntryStore(blobs: blobs, logs: LogService(blobs: blobs, hub: hub, buffers: gate.buffers)),
            namespaces: try await Namespaces(blobs),
            memory: MemoryService(blobs: blobs, buffers: gate.buffers),
            vaults: VaultService(blobs: blobs, memory: options.vectorMemory, threads: System.coreCount),
            access: access,
            jobs: JobRunner(
                blobs: blobs, repositories: repositories,
                replacing: Replacing(
                    local: engines, checkPolicies: { if named == nil { _ = try StorePolicies.load(directory: $0) } },
                    reopen: { wish.send() }), schedule: schedule, logger: logger),
            metrics: RequestMetrics(labels: faces.labels),
            gate: gate,
            logger: logger,
            isTLS: options.tlsCertificateFile != nil, publicMetrics: options.publicMetrics, cors: cors)
        for door in doors { warn(of: door, logger) }
        await context.jobs.open()
        do {
            try await serve(faces, context, options, hasObjects: hasObjects, reopening, welcome)
        } catch {
            await close(blobs)
            throw error
        }
        // What is written now would not be there in another state.
        if !wish.isSent {
            try? await context.tokens.saveUses()
            await GrowthService.record(blobs, logger)
        }
        await close(blobs)
        try? await pool.shutDown()
        logger.info("stopped")
        return wish.isSent && !reopening.isAskedToEnd ? .replaced : .asked
    }

    private static func serve(
        _ faces: FaceTable, _ context: ServerContext, _ options: ServeOptions, hasObjects: Bool,
        _ reopening: Reopening, _ welcome: @escaping @Sendable (String) -> [String]
    ) async throws {
        let certificates = try options.tlsCertificateFile.map {
            try Certificates(certificateFile: $0, keyFile: options.tlsKeyFile)
        }
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(
                service: server(faces, context, options, certificates, reopening, welcome),
                successTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: RemainsService(blobs: context.blobs)),
            .init(service: TokenUseService(tokens: context.tokens, logger: context.logger)),
            .init(service: PutOffService(blobs: context.blobs, logger: context.logger)),
            .init(service: JobService(jobs: context.jobs)),
            .init(service: GrowthService(blobs: context.blobs, logger: context.logger)),
            .init(service: DiskGuardService(blobs: context.blobs)),
            .init(service: HealthService(server: context)),
        ]
        if context.blobs.isShared {
            let service = AccessService(access: context.access, logger: context.logger)
            services.append(.init(service: service))
        }
        if context.blobs.hasRemoteObjects {
            let service = ObjectsService(blobs: context.blobs, logger: context.logger, isSettled: hasObjects)
            services.append(.init(service: service))
        }
        if let certificates {
            services.append(.init(service: CertificateService(certificates, logger: context.logger)))
        }
        try await run(services, options, limit: shutdownLimit, context.logger) { await reopening.untilWanted() }
    }

    /// Runs services, one of which listens, until they end or a signal asks for it.
    /// - Parameters:
    ///   - limit: for what is under way then.
    ///   - wanted: returns when they are to end without a signal; nil: never.
    static func run(
        _ services: [ServiceGroupConfiguration.ServiceConfiguration], _ options: ServeOptions, limit: Duration,
        _ logger: Logger, until wanted: (@Sendable () async -> Void)? = nil
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger))
        configuration.maximumGracefulShutdownDuration = limit
        let group = ServiceGroup(configuration: configuration)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                if let wanted {
                    tasks.addTask {
                        await wanted()
                        if !Task.isCancelled { await group.triggerGracefulShutdown() }
                    }
                }
                try await group.run()
            }
        } catch let error as ServiceGroupError where error == .alreadyFinished() {
            // It was asked to end before it began.
            return
        } catch let error as IOError {
            throw LarderError(
                .unavailable,
                "can't listen on \(options.host):\(options.port): \(String(cString: strerror(error.errnoCode)))"
                    + (error.errnoCode == EADDRINUSE ? "; another program has it, choose another with --port" : ""))
        }
    }

    /// The policies that came with a restored snapshot; nil: there are none.
    private static func restoredPolicies(_ options: ServeOptions) throws -> String? {
        let path = DataDirectory.policiesPath(in: options.dataDirectory)
        return try FileSystem.identity(path) == nil ? nil : path
    }

    /// - Throws: `LarderError` when there are some that can't be used.
    private static func secrets(_ blobs: BlobStore, _ logger: Logger) async throws -> (AdminToken, SigningKeys) {
        do {
            let keeper = SecretKeeper(blobs)
            let adminToken = try await AdminToken(keeper, logger: logger)
            let signingKeys = try await SigningKeys(
                keeper, environment: EnvironmentSecrets.signingSecret, clock: blobs.clock)
            return (adminToken, signingKeys)
        } catch {
            await close(blobs)
            throw error
        }
    }

    /// Looks whether what keeps large content is there and ours.
    /// - Returns: false when it was not reached: the server begins without it.
    /// - Throws: `LarderError` when it is the wrong one.
    private static func settle(_ blobs: BlobStore, _ logger: Logger) async throws -> Bool {
        do {
            try await blobs.settleObjects()
            return true
        } catch let error as LarderError where error.code == .unavailable && blobs.hasRemoteObjects {
            logger.warning("\(error.message); waiting for it, small content goes on")
            return false
        } catch {
            await close(blobs)
            throw error
        }
    }

    private static func server(
        _ faces: FaceTable, _ context: ServerContext, _ options: ServeOptions, _ certificates: Certificates?,
        _ reopening: Reopening, _ welcome: @escaping @Sendable (String) -> [String]
    ) -> HTTPServer {
        let wire = WireContext(
            responder: FaceResponder(faces: faces, server: context), gate: context.gate, logger: context.logger,
            shutdownLimit: shutdownLimit)
        return HTTPServer(wire, host: options.host, port: options.port, certificates: certificates) { listener in
            let port = listener.localAddress?.port ?? options.port
            reopening.port = port
            let host = options.host.contains(":") ? "[\(options.host)]" : options.host
            let scheme = context.isTLS ? "https" : "http"
            context.blobs.setAddress("\(scheme)://\(host):\(port)")
            print(
                "larder \(LarderVersion.current) listening on \(scheme)://"
                    + "\(host):\(port) (data: \(options.dataDirectory))"
            )
            let near = ["0.0.0.0": "127.0.0.1", "[::]": "[::1]"][host] ?? host
            for line in welcome("\(scheme)://\(near):\(port)") { print(line) }
            fflush(nil)
        }
    }

    /// Nobody but the server's account has any business in its directory. Said once the server can start: one that
    /// can't has only that to say.
    private static func warn(of door: (path: String, problem: FileSystem.Failure?), _ logger: Logger) {
        if let problem = door.problem {
            logger.warning(
                "others may have a right to this, and it could not be taken from them",
                metadata: ["path": "\(door.path)", "cause": "\(problem)"])
        } else {
            logger.warning(
                "others had a right to this; it was taken from them. If they may have read a secret, replace it",
                metadata: ["path": "\(door.path)"])
        }
    }

    /// Closing blocks until the writer is done; it gets a thread of its own for that.
    private static func close(_ blobs: BlobStore) async {
        try? await NIOThreadPool.singleton.runIfActive { blobs.close() }
    }

    /// The libraries below say at info what we say ourselves.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        if logger.logLevel > .debug { logger.logLevel = .error }
        return logger
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// SIGHUP reads certificates again, where there are some; else, and while the server starts, it means nothing. By
    /// itself it would end the process.
    private static func ignoreHangUps() { signal(SIGHUP, SIG_IGN) }

    /// A follower, a connection or a file is a descriptor: as many as the system lets us have.
    private static func raiseDescriptorLimit() {
        guard var limit = descriptorLimit(), limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Takes no more connections than go with the descriptors that there are.
    private static func fitToDescriptors(_ limits: inout ServerLimits, _ logger: Logger) {
        guard let limit = descriptorLimit() else { return }
        let descriptors = Int(min(limit.rlim_cur, rlim_t(Int32.max)))
        let room = ServerLimits.connections(descriptors: descriptors, cores: System.coreCount)
        guard room < limits.connections else { return }
        limits.connections = room
        logger.notice(
            "fewer connections than --max-connections: there are too few descriptors (ulimit -n)",
            metadata: ["connections": "\(room)", "descriptors": "\(descriptors)"])
    }

    private static func descriptorLimit() -> rlimit? {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
    }
}
