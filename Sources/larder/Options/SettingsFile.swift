import ArgumentParser
import Foundation
import LarderClient
import Yams

/// `larder.yaml`: values of settings, one a line.
struct SettingsFile {
    let values: [SettingValue]

    static let name = "larder.yaml"
    /// It is a page of text; one beyond this is something else.
    private static let maxBytes = 1_000_000

    /// The first that there is: the one that was named, that of the person, that of the machine. Never one in the
    /// folder where the command happens to run: that may be anybody's.
    /// - Parameter path: `LARDER_CONFIG`, or nil.
    /// - Throws: ``CommandFailure``, ``LarderClientError`` `notFound` when the named one is not there.
    static func load(_ path: String?) async throws -> SettingsFile {
        if let path { return try read(try await LocalFile.text(path, upTo: maxBytes), path) }
        for path in ["\(UserFolder.configuration)/larder/\(name)", "/etc/larder/\(name)"] {
            guard (try? await LocalFile.size(path)) != nil else { continue }
            return try read(try await LocalFile.text(path, upTo: maxBytes), path)
        }
        return SettingsFile(values: [])
    }

    private static func read(_ text: String, _ path: String) throws -> SettingsFile {
        let root: Node?
        do { root = try compose(yaml: text) } catch { throw CommandFailure.usage("\(path): not YAML: \(error)") }
        guard let root else { return SettingsFile(values: []) }
        guard let mapping = root.mapping else { throw refusal(path, root, "the file is a mapping of settings") }
        var values: [SettingValue] = []
        for (key, value) in mapping {
            let name = key.string ?? ""
            guard let setting = Setting.all.first(where: { $0.name == name }) else {
                let hint = Spelling.hint(name, Setting.all.map(\.name))
                throw refusal(path, key, "there is no setting '\(name)'.\(hint) 'larder config' lists them")
            }
            guard !values.contains(where: { $0.setting.name == name }) else {
                throw refusal(path, key, "'\(name)' is set twice")
            }
            let place = "\(path):\(key.mark?.line ?? 1)"
            values.append(
                SettingValue(setting: setting, values: try texts(value, setting, path), source: .file(place)))
        }
        return SettingsFile(values: values)
    }

    private static func texts(_ node: Node, _ setting: Setting, _ path: String) throws -> [String] {
        if setting.isSwitch {
            guard let isOn = node.bool else { throw refusal(path, node, "'\(setting.name)' is true or false") }
            return [isOn ? "true" : "false"]
        }
        let items = setting.isList ? node.sequence.map(Array.init) ?? [node] : [node]
        return try items.map { item in
            guard let text = item.scalar?.string else {
                throw refusal(path, item, "'\(setting.name)' is one value" + (setting.isList ? ", or a list" : ""))
            }
            return text
        }
    }

    private static func refusal(_ path: String, _ node: Node, _ problem: String) -> CommandFailure {
        .usage("\(path):\(node.mark?.line ?? 1): \(problem).")
    }
}
