/// Where the value of a setting comes from; an earlier one goes before a later.
enum SettingSource: Sendable {
    case flag
    case variable(String)
    /// `/etc/larder/larder.yaml:3`
    case file(String)
    case usual

    var text: String {
        switch self {
        case .flag: "command line"
        case .variable(let name): name
        case .file(let place): place
        case .usual: "default"
        }
    }
}

/// A setting with the values that were found for it.
struct SettingValue: Sendable {
    let setting: Setting
    /// Several for a list. A switch has `true` or `false`.
    let values: [String]
    let source: SettingSource

    /// As arguments of a command.
    var arguments: [String] {
        if setting.isSwitch { return values == ["true"] ? [setting.flag] : [] }
        return values.map { "\(setting.flag)=\($0)" }
    }
}
