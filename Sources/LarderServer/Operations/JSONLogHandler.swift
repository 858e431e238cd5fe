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
        var line = Array(#"{"time":""#.utf8) + WallClock.system.now().iso8601Bytes + Array(#"","level":""#.utf8)
        line += Array(event.level.rawValue.utf8) + Array(#"","message":"#.utf8)
        JSONText.appendQuoted("\(event.message)".utf8, to: &line)
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: {
            $0.key < $1.key
        }) {
            line.append(UInt8(ascii: ","))
            JSONText.appendQuoted(key.utf8, to: &line)
            line.append(UInt8(ascii: ":"))
            JSONText.appendQuoted("\(value)".utf8, to: &line)
        }
        StandardError.writeLine(line + [UInt8(ascii: "}")])
    }
}
