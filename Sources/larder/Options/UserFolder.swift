import Foundation

/// Where a person's files lie, by the XDG base directory rules.
enum UserFolder {
    static var data: String { variable("XDG_DATA_HOME") ?? home + "/.local/share" }
    static var configuration: String { variable("XDG_CONFIG_HOME") ?? home + "/.config" }

    private static var home: String {
        variable("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path(percentEncoded: false)
    }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
