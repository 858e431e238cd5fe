import Logging

/// The loggers of the server, made from its options.
enum ServerLogger {
    static func make(_ options: ServeOptions) -> Logger {
        var logger = Logger(label: "larder") { _ in
            switch options.logFormat {
            case .text: TextLogHandler()
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = Logger.Level(rawValue: options.logLevel) ?? .info
        return logger
    }
}
