import ArgumentParser
import BlobStore
import Foundation
package import LarderHTTP
import LarderModel
package import LarderServer
import Logging
import Snapshots
import Vaults

extension LogFormat: ExpressibleByArgument {}
extension AddressBlock: ExpressibleByArgument {
    package init?(argument: String) { self.init(parsing: argument) }
}

/// `larder serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the data directory until SIGTERM or SIGINT.",
        discussion: "The first start makes the directory and its admin.token. One process at a time serves a directory."
    )

    @OptionGroup var data: DataOptions
    @Option(
        help: """
            Keep the index in a database of PostgreSQL's, such as postgres://larder@localhost/larder, instead of the \
            data directory. Its password is better in PGPASSWORD or ~/.pgpass than here.
            """)
    var index: String?
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0: any free one.") var port = 7373
    @Option(
        help: """
            Where large content is kept: s3://BUCKET/PREFIX?endpoint=URL&region=NAME, with keys in AWS_ACCESS_KEY_ID \
            and AWS_SECRET_ACCESS_KEY, or file:///FOLDER. (default: the data directory)
            """)
    var objects: String?
    @Flag(
        help: """
            Take a bucket that does not keep what is asked of one, or a database that may lose what it confirmed or \
            whose clock is wrong; for trials.
            """)
    var acceptUnsafe = false
    @Option(help: "A folder of store policies (*.yaml) instead of the built-in ones.")
    var stores: String?
    @Option(name: .customLong("tls-cert"), help: "Certificate chain (PEM); with --tls-key the server speaks HTTPS.")
    var tlsCertificate: String?
    @Option(help: "Private key (PEM).") var tlsKey: String?
    @Flag(help: "Let every request in as an admin; only on a loopback address.") var noAuth = false
    @Flag(help: "Serve /metrics without a token.") var publicMetrics = false
    @Option(help: "How log lines look.") var logFormat = LogFormat.text
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "info"
    @Option(help: .interval("Remove what is kept no longer this often, or off.")) var cleanupEvery = Interval(
        .seconds(3_600))
    @Option(help: .interval("Read every object once in this time, looking for damage; or off.")) var scrubEvery =
        Interval(
            .seconds(30 * 86_400))
    @Option(
        help: .size(
            """
            Refuse writes while the disk has less room than this. (default: 1GB, or 2 % of the disk where that is less)
            """))
    var minFree: Room?
    @Option(help: .size("Memory that vaults take for searches, together."))
    var vectorMemory = Room(VaultService.memoryDefault)
    @Option(
        name: .customLong("trusted-proxy"),
        help: "A proxy, as an address or block (10.0.0.0/8), whose X-Forwarded-For and -Proto are believed.")
    var trustedProxies: [AddressBlock] = []
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @Option(
        name: .customLong("cors-origin"),
        help: "An origin whose pages may read answers, such as https://app.example; may be repeated.")
    var corsOrigins: [String] = []
    @Option(help: "Requests a second of each token that has no limit of its own. (default: no limit)")
    var tokenRequestsPerSecond: Int?
    @Option(
        help: .size(
            """
            Bytes a second, in bodies both ways, of each token that has no limit of its own, such as 10MB. (default: \
            no limit)
            """))
    var tokenBytesPerSecond: Room?
    @Option(
        help: """
            By which this node is known among those that serve one index. (default: the machine's name and the port)
            """)
    var node: String?
    @Option(
        help: """
            Where snapshots are kept: a folder (file:///FOLDER), or s3://BUCKET/PREFIX?endpoint=URL&region=NAME, \
            with keys as --objects has them.
            """)
    var backupTo: String?
    @Option(help: .interval("Make a snapshot this often, or off.")) var backupEvery = Interval(nil)
    @Option(help: "Keep the last so many of them. (default: all)") var backupKeep: Int?
    @Option(help: "The file that holds the key of encrypted snapshots; only its owner may read it.")
    var backupKeyFile: String?
    @Option(help: "The keys of the snapshots' bucket, in a file of AWS's form that only its owner may read.")
    var backupCredentials: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard backupEvery.duration == nil || backupTo != nil else {
            throw ValidationError("--backup-every needs --backup-to.")
        }
        if let backupKeep, !(1...100_000).contains(backupKeep) {
            throw ValidationError("--backup-keep is 1 to 100000.")
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together.")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        if let tokenRequestsPerSecond, !ServeOptions.requestsPerSecondRange.contains(tokenRequestsPerSecond) {
            throw ValidationError(
                "--token-requests-per-second is 1 to \(ServeOptions.requestsPerSecondRange.upperBound).")
        }
        if let bytes = tokenBytesPerSecond?.count.bytes, !ServeOptions.bytesPerSecondRange.contains(bytes) {
            throw ValidationError("--token-bytes-per-second is 1KB to 1000GB.")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level is one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let options = ServeOptions(
            dataDirectory: data.directory, host: host, port: port, storesDirectory: stores,
            tlsCertificateFile: tlsCertificate,
            tlsKeyFile: tlsKey, noAuth: noAuth, publicMetrics: publicMetrics, logFormat: logFormat, logLevel: logLevel,
            cleanupEvery: cleanupEvery.duration, scrubPeriod: scrubEvery.duration,
            backupEvery: backupEvery.duration, backupKeep: backupKeep, minFree: minFree?.count,
            vectorMemory: vectorMemory.count,
            limits: limits.limits,
            trustedProxies: trustedProxies, corsOrigins: corsOrigins, requestsPerSecond: tokenRequestsPerSecond,
            bytesPerSecond: tokenBytesPerSecond?.count.bytes, node: node)
        let engines = try Engines.with(index: index, objects: objects, acceptsUnsafe: acceptUnsafe)
        let directory = data.directory
        let isUsual = DataOptions.usual == directory
        let repositories = Repositories.of(
            backupTo, keyFile: backupKeyFile, credentials: backupCredentials, spoolFolder: directory + "/incoming")
        try await repositories.check()
        try await LarderService.run(options, on: engines, repositories: repositories) { [noAuth] url in
            Self.welcome(url, data: isUsual ? nil : directory, directory, noAuth: noAuth)
        }
    }

    /// The way in, for whoever has just started it.
    private static func welcome(_ url: String, data: String?, _ directory: String, noAuth: Bool) -> [String] {
        let options = (url == ServerOptions.usualURL ? "" : " --url \(url)") + (data.map { " --data \($0)" } ?? "")
        return [
            "console  \(url)/console",
            noAuth
                ? "token    none is needed (--no-auth)"
                : "token    \(directory)/admin.token; 'larder token show\(options)' prints it",
            "next     larder open\(options)",
        ]
    }
}
