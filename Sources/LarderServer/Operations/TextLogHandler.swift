import LarderModel
import Logging

/// Log lines for people on standard error. What a client sends can neither forge a line nor play tricks with a
/// terminal.
struct TextLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        let text = "\(WallClock.system.now()) \(event.level) \(event.message)\(fields)"
        StandardError.writeLine(Self.escaped(text))
    }

    /// Escapes control characters, line and paragraph separators, and what turns the direction of text around.
    static func escaped(_ text: String) -> [UInt8] {
        var line: [UInt8] = []
        for scalar in text.unicodeScalars {
            let isPlain =
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            line.append(contentsOf: (isPlain ? String(scalar) : scalar.escaped(asASCII: true)).utf8)
        }
        return line
    }
}
