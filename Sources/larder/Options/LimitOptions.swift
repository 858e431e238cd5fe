import ArgumentParser
import LarderModel
import LarderHTTP
import LarderServer

/// What the server takes at most, and how long it waits.
struct LimitOptions: ParsableArguments {
    private static let defaults = ServerLimits()

    @Option(help: .size("The longest request target.")) var maxUrl = Room(defaults.url)
    @Option(help: .size("The largest header field.")) var maxHeaderField = Room(defaults.headerField)
    @Option(help: .size("All header fields of a request together.")) var maxHeaderList = Room(defaults.headerList)
    @Option(help: "Header fields of a request.") var maxHeaders = defaults.headerCount
    @Option(help: "Connections in all; more wait.") var maxConnections = defaults.connections
    @Option(
        help: """
            Connections of one client (an IPv4 address, an IPv6 /64); behind a trusted proxy, of the client it names. \
            (default: \(ServerLimits.clientConnectionsDefault); clients on this machine count only when it is given)
            """)
    var maxClientConnections: Int?
    @Option(help: .duration("Time for a request's head to come.")) var headTimeout = Interval(defaults.headTime)
    @Option(help: .duration("Time between two requests of a connection.")) var idleTimeout = Interval(defaults.idleTime)
    @Option(
        help: .size("Bytes a second that a body must bring, and a reader must take, while the server waits for it."))
    var minRate = Room(defaults.minRate)
    @Option(help: .duration("The time over which that is measured.")) var rateWindow = Interval(defaults.rateWindow)
    @Option(help: "Bodies of more than 64 KiB being received at once.") var maxUploads = defaults.uploads
    @Option(help: "Bytes of bodies and answers that are held whole in memory, over all connections together.")
    var maxBuffered = Room(defaults.buffered)
    @Option(help: "How many times its size a gzip body may inflate to, beyond its first MiB.") var maxInflateRatio =
        defaults.inflateRatio
    @Option(help: "Levels of nesting in JSON.") var maxJsonDepth = defaults.jsonDepth
    @Option(help: "Entries on one page of a list.") var maxPage = defaults.listPage
    @Option(help: "Event streams in all.") var maxFollowers = defaults.followers
    @Option(help: "Event streams of one run.") var maxRunFollowers = defaults.runFollowers

    func validate() throws {
        for (flag, interval) in [
            ("head-timeout", headTimeout), ("idle-timeout", idleTimeout), ("rate-window", rateWindow),
        ]
        where interval.duration == nil { throw ValidationError("--\(flag) can't be off.") }
        do { try limits.check() } catch { throw ValidationError(error.message) }
    }

    var limits: ServerLimits {
        var limits = ServerLimits()
        limits.url = maxUrl.count
        limits.headerField = maxHeaderField.count
        limits.headerList = maxHeaderList.count
        limits.headerCount = maxHeaders
        limits.connections = maxConnections
        limits.clientConnections = maxClientConnections
        limits.headTime = headTimeout.duration ?? limits.headTime
        limits.idleTime = idleTimeout.duration ?? limits.idleTime
        limits.minRate = minRate.count
        limits.rateWindow = rateWindow.duration ?? limits.rateWindow
        limits.uploads = maxUploads
        limits.buffered = maxBuffered.count
        limits.inflateRatio = maxInflateRatio
        limits.jsonDepth = maxJsonDepth
        limits.listPage = maxPage
        limits.followers = maxFollowers
        limits.runFollowers = maxRunFollowers
        return limits
    }
}
