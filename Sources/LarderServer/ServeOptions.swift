import Access
package import LarderHTTP
package import LarderModel
import Vaults

/// What `larder serve` was asked to do.
package struct ServeOptions: Sendable {
    /// The data directory; made (0700) when it is missing.
    package var dataDirectory: String
    package var host: String
    /// 0: any free port; the line that says where the server listens names it.
    package var port: Int
    /// A folder of `*.yaml` policies that replaces the built-in ones; nil: the built-in ones.
    package var storesDirectory: String?
    package var tlsCertificateFile: String?
    package var tlsKeyFile: String?
    /// Whether any request is let in as an admin. Refused unless `host` is a loopback address.
    package var noAuth: Bool
    package var publicMetrics: Bool
    /// Origins whose pages may read answers, such as `https://app.example`.
    package var corsOrigins: [String]
    /// What tokens without limits of their own may do in a second; nil: as much as they like.
    package var requestsPerSecond: Int?
    package var bytesPerSecond: Int64?
    package static let requestsPerSecondRange = RateLimit.requestsRange
    package static let bytesPerSecondRange = RateLimit.bytesRange
    var tokenLimit: RateLimit { RateLimit(requestsPerSecond: requestsPerSecond, bytesPerSecond: bytesPerSecond) }
    package var logFormat: LogFormat
    /// Between two cleanups that the server does by itself; nil: never.
    package var cleanupEvery: Duration?
    /// In which the server reads every object once by itself; nil: never.
    package var scrubPeriod: Duration?
    /// Between two snapshots that the server makes by itself; nil: none are made.
    package var backupEvery: Duration?
    /// How many of them are kept; nil: all.
    package var backupKeep: Int?
    /// Room on the disk below which nothing is written; nil: 1 GB, or 2 % of the disk where that is less.
    package var minFree: ByteCount?
    /// Bytes of memory that vaults take for searches, together.
    package var vectorMemory: ByteCount
    /// A swift-log level name: trace, debug, info, notice, warning, error, critical.
    package var logLevel: String
    package var limits: ServerLimits
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; from all others the fields mean nothing.
    package var trustedProxies: [AddressBlock]
    /// By which this node is known among those that serve one index; nil: the machine's name and the port.
    package var node: String?

    package init(
        dataDirectory: String, host: String = "127.0.0.1", port: Int = 7373, storesDirectory: String? = nil,
        tlsCertificateFile: String? = nil, tlsKeyFile: String? = nil, noAuth: Bool = false, publicMetrics: Bool = false,
        logFormat: LogFormat = .text, logLevel: String = "info", cleanupEvery: Duration? = .seconds(3_600),
        scrubPeriod: Duration? = .seconds(30 * 24 * 3_600), backupEvery: Duration? = nil, backupKeep: Int? = nil,
        minFree: ByteCount? = nil, vectorMemory: ByteCount = VaultService.memoryDefault,
        limits: ServerLimits = ServerLimits(),
        trustedProxies: [AddressBlock] = [], corsOrigins: [String] = [], requestsPerSecond: Int? = nil,
        bytesPerSecond: Int64? = nil, node: String? = nil
    ) {
        self.dataDirectory = dataDirectory
        self.host = host
        self.port = port
        self.storesDirectory = storesDirectory
        self.tlsCertificateFile = tlsCertificateFile
        self.tlsKeyFile = tlsKeyFile
        self.noAuth = noAuth
        self.publicMetrics = publicMetrics
        self.logFormat = logFormat
        self.logLevel = logLevel
        self.cleanupEvery = cleanupEvery
        self.scrubPeriod = scrubPeriod
        self.backupEvery = backupEvery
        self.backupKeep = backupKeep
        self.minFree = minFree
        self.vectorMemory = vectorMemory
        self.limits = limits
        self.trustedProxies = trustedProxies
        self.corsOrigins = corsOrigins
        self.requestsPerSecond = requestsPerSecond
        self.bytesPerSecond = bytesPerSecond
        self.node = node
    }
}
