import Logging

/// The loggers of the server.
enum ServerLogger {
    /// - Parameter level: a swift-log level name; `info` for any other text.
    static func make(_ format: LogFormat, level: String) -> Logger {
        var logger = Logger(label: "larder") { _ in
            switch format {
            case .text: TextLogHandler()
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = Logger.Level(rawValue: level) ?? .info
        return logger
    }
}
