import ArgumentParser
import Foundation

/// Where the data directory is.
struct DataOptions: ParsableArguments {
    @Option(help: "The data directory.")
    var data: String?

    /// `--data`, else `LARDER_DATA`, else `$XDG_DATA_HOME/larder`, else `~/.local/share/larder`.
    var directory: String {
        let environment = ProcessInfo.processInfo.environment
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = data ?? variable("LARDER_DATA") { return path }
        if let home = variable("XDG_DATA_HOME") { return home + "/larder" }
        return (variable("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path(percentEncoded: false))
            + "/.local/share/larder"
    }
}
