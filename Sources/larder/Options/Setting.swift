import ArgumentParser
import Foundation

/// Something that can be set once for all commands: an option of `larder serve`, or one of those that all commands
/// share. By one rule it has a flag (`--max-followers`), a variable (`LARDER_MAX_FOLLOWERS`) and a name in
/// `larder.yaml` (`max-followers`).
struct Setting: Sendable {
    let name: String
    /// Whether it takes no value: it is on or off.
    let isSwitch: Bool
    /// Whether it may be given several times.
    let isList: Bool
    /// As help texts show it; nil: none, or the help says more.
    let usual: String?

    var flag: String { "--\(name)" }
    var variable: String { "LARDER_" + name.uppercased().replacing("-", with: "_") }

    /// What all commands but `serve` share.
    static let shared = declared(by: ServerOptions._dumpHelp())
    /// What `serve` takes.
    static let ofServer = declared(by: ServeCommand._dumpHelp()).filter { $0.name != "json" }
    /// All of them, by name.
    static let all: [Setting] = {
        let known = Set(shared.map(\.name))
        return (shared + ofServer.filter { !known.contains($0.name) }).sorted { $0.name < $1.name }
    }()

    /// The options that the parser's own description names: flags, variables and file follow from the one declaration
    /// in each command.
    private static func declared(by description: String) -> [Setting] {
        struct Description: Decodable { let command: Command }
        struct Command: Decodable { let arguments: [Argument]? }
        struct Argument: Decodable {
            let kind: String
            let isRepeating: Bool
            let preferredName: Name?
            let defaultValue: String?
        }
        struct Name: Decodable { let name: String }
        guard let described = try? JSONDecoder().decode(Description.self, from: Data(description.utf8)) else {
            preconditionFailure("the parser describes its own options")
        }
        return (described.command.arguments ?? []).compactMap { argument in
            guard argument.kind != "positional", let name = argument.preferredName?.name,
                !["help", "version"].contains(name)
            else { return nil }
            return Setting(
                name: name, isSwitch: argument.kind == "flag", isList: argument.isRepeating,
                usual: argument.defaultValue)
        }
    }
}
