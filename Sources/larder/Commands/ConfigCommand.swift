import ArgumentParser
import LarderClient

/// `larder config`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show each setting, what it is, and where that comes from.",
        discussion: """
            Each option of 'larder serve', and --url, --token, --token-file, --site and --data of all commands, is a \
            setting: --max-followers is LARDER_MAX_FOLLOWERS, and max-followers in larder.yaml. A flag goes before a \
            variable, and a variable before the file. The file is the one that LARDER_CONFIG names, else \
            ~/.config/larder/larder.yaml, else /etc/larder/larder.yaml.
            """)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let shown = try await Settings.shown()
        if output.json {
            struct Item: Encodable {
                var name: String
                var variable: String
                var value: String
                var from: String
            }
            return try Console.json([
                "settings": shown.map {
                    Item(name: $0.setting.name, variable: $0.setting.variable, value: $0.value, from: $0.source.text)
                }
            ])
        }
        var table = Table(header: ["setting", "value", "from", "variable"])
        for item in shown { table.add([item.setting.name, item.value, item.source.text, item.setting.variable]) }
        Console.output(table.lines)
    }
}
