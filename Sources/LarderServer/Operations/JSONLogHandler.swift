import LarderModel
import Logging

/// Log lines as JSON objects on standard error: `{"time","level","message",…metadata}`.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted { $0.key < $1.key }
        var line = JSONWriter()
        line.object { line in
            line.field("time", WallClock.system.now())
            line.field("level", event.level.rawValue)
            line.field("message", "\(event.message)")
            for (key, value) in fields {
                line.name(quoting: key.utf8)
                line.value("\(value)")
            }
        }
        StandardError.writeLine(line.bytes)
    }
}
