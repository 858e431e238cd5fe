/// What the parser says of a command's arguments. Some of them stand for settings that nobody typed: those are called
/// by where they come from.
struct ParsingFailure: Error {
    let error: any Error
    /// Those that variables and the file added to the command line.
    let added: [SettingValue]

    /// `--port <port>` becomes `LARDER_PORT`, or `port in /etc/larder/larder.yaml:3`.
    func naming(_ message: String) -> String {
        message.replacing(/--([a-z][a-z-]*)(?: <[a-z-]+>)?/) { flag in
            guard let value = added.first(where: { $0.setting.name == flag.1 }) else { return String(flag.0) }
            switch value.source {
            case .variable(let name): return name
            case .file(let place): return "\(value.setting.name) in \(place)"
            case .flag, .usual: return String(flag.0)
            }
        }
    }
}
