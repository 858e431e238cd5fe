import ArgumentParser
import Foundation

/// The values of all settings that count: those of flags, variables and the file, in this order.
enum Settings {
    /// One of these two stands for the other.
    private static let alternatives = ["token": "token-file", "token-file": "token"]

    /// What variables and the file say.
    /// - Throws: ``CommandFailure`` for a value that can't be one.
    static func found() async throws -> [SettingValue] {
        let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
        let variables = try Setting.all.compactMap { setting -> SettingValue? in
            guard let text = environment[setting.variable] else { return nil }
            return SettingValue(
                setting: setting, values: try values(text, setting), source: .variable(setting.variable))
        }
        let file = try await SettingsFile.load(environment["LARDER_CONFIG"])
        return merged(variables, file.values)
    }

    /// Without those of the second that the first has, or an alternative to it.
    private static func merged(_ first: [SettingValue], _ second: [SettingValue]) -> [SettingValue] {
        first + second.filter { value in !isSet(value.setting.name, in: first.map(\.setting.name)) }
    }

    private static func isSet(_ name: String, in names: some Sequence<String>) -> Bool {
        names.contains { $0 == name || $0 == alternatives[name] }
    }

    private static func values(_ text: String, _ setting: Setting) throws -> [String] {
        if setting.isSwitch {
            switch text.lowercased() {
            case "true", "1", "yes", "on": return ["true"]
            case "false", "0", "no", "off": return ["false"]
            default: throw CommandFailure.usage("\(setting.variable) is true or false, not '\(text)'.")
            }
        }
        guard setting.isList else { return [text] }
        return text.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }

    /// What variables and the file say to a command, where it takes that and was not told otherwise.
    static func added(to parts: ArgumentOrder.Parts) async throws -> [SettingValue] {
        guard parts.isWhole, let first = parts.command.first, !["version", "config"].contains(first) else { return [] }
        let known = first == "serve" ? Setting.ofServer : Setting.shared
        let given = parts.rest.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
            .map { String($0.dropFirst(2).prefix { $0 != "=" }) }
        return try await found().filter { value in
            known.contains { $0.name == value.setting.name } && !isSet(value.setting.name, in: given)
        }
    }

    /// Every setting with its value, for people.
    static func shown() async throws -> [(setting: Setting, value: String, source: SettingSource)] {
        let found = try await found()
        let data = found.first { $0.setting.name == "data" }?.values.first ?? DataOptions.usual
        // Those that no help text can name.
        let usual = ["url": ServerOptions.usualURL, "data": data, "token-file": data + "/admin.token"]
        return Setting.all.map { setting in
            guard let value = found.first(where: { $0.setting.name == setting.name }) else {
                return (setting, setting.isSwitch ? "false" : setting.usual ?? usual[setting.name] ?? "-", .usual)
            }
            let isSecret = setting.name == "token"
            let shown = value.values.map(SecretArguments.hidden).joined(separator: ", ")
            return (setting, isSecret ? "(set)" : shown, value.source)
        }
    }
}
