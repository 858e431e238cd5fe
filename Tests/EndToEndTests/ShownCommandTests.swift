import Foundation
import Testing

/// Every `larder …` that the console, the README, the docs, a help text or a message shows is one that the program
/// takes.
@Suite("Commands that are shown", .sqliteOnly("no server is asked"))
struct ShownCommandTests {
    @Test("Each has a subcommand and options that there are, and the program takes it as it stands")
    func commands() async throws {
        let known = try await KnownCommands.load()
        let shown = try ShownCommand.all(helpTexts: known.helpTexts)
        // What is found is what there is: a reader that finds nothing finds no fault.
        for place in ["README.md", "docs/contract.md", "Console/views/memory.js", "larder help env"] {
            #expect(shown.contains { $0.place.hasPrefix(place) }, "no command was found in \(place)")
        }
        for command in shown {
            if let fault = known.fault(of: command.words) { Issue.record("\(command): \(fault)") }
        }
        try await TemporaryFolder.with { folder in
            for command in shown where command.reasonNotToRun == nil && !known.isMention(command.words) {
                let outcome = try await Self.parse(command.words, in: folder)
                #expect(outcome.ending != .exit(2), "\(command): \(outcome.errors)")
            }
        }
    }

    @Test(
        "An option and a subcommand that there are not are found",
        arguments: [
            "larder memory record demo run-1 --theme coast --music piano", "larder memory recall demo", "larder ls -z",
        ])
    func faults(_ line: String) async throws {
        let command = try #require(ShownCommand.commands(in: line, at: "here").first)
        let known = try await KnownCommands.load()
        #expect(known.fault(of: command.words) != nil)
    }

    @Test(
        "A value that an option does not take, and a word too many, are refused",
        arguments: [
            "larder cleanup --older-than soon", "larder get media a.txt b.txt",
        ])
    func refusals(_ line: String) async throws {
        let command = try #require(ShownCommand.commands(in: line, at: "here").first)
        try await TemporaryFolder.with { folder in
            let outcome = try await Self.parse(command.words, in: folder)
            #expect(outcome.ending == .exit(2), "\(outcome)")
        }
    }

    /// Runs a command for what its parser says: there is no server, so whatever it takes goes no further than that. A
    /// folder that it makes all the same is made in `folder`.
    private static func parse(_ words: [String], in folder: TemporaryFolder) async throws -> Larder.Outcome {
        let nowhere = [
            "HOME=\(folder.path)", "LARDER_URL=http://127.0.0.1:1", "LARDER_TOKEN=none",
            "LARDER_BACKUP_TO=file://\(folder.path)/nowhere",
        ]
        return try await Tool.run(["/usr/bin/env", "-C", folder.path] + nowhere + [Larder.binary()] + words)
    }
}

/// What the program's own description of its command line says (`--experimental-dump-help`).
private struct KnownCommands {
    /// By subcommand, such as `memory record`: its options as they are written, and whether each takes a value.
    private let options: [String: [String: Bool]]
    /// By the command that prints it.
    let helpTexts: [String: String]

    static func load() async throws -> KnownCommands {
        try await TemporaryFolder.with { folder in
            let dump = try await Larder.run(["--experimental-dump-help"], home: folder.path)
            let root = try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
            var options: [String: [String: Bool]] = [:]
            collect(root, path: [], into: &options)
            var helpTexts: [String: String] = [:]
            for name in options.keys {
                let words = ["help"] + name.split(separator: " ").map(String.init)
                helpTexts["larder \(words.joined(separator: " "))"] = try await Larder.run(words, home: folder.path)
                    .output
            }
            return KnownCommands(options: options, helpTexts: helpTexts)
        }
    }

    private static func collect(_ command: Dump.Command, path: [String], into options: inout [String: [String: Bool]]) {
        var own: [String: Bool] = [:]
        for argument in command.arguments ?? [] {
            for name in argument.names ?? [] {
                own[(name.kind == "long" ? "--" : "-") + name.name] = argument.kind == "option"
            }
        }
        options[path.joined(separator: " ")] = own
        for subcommand in command.subcommands ?? [] {
            collect(subcommand, path: path + [subcommand.commandName], into: &options)
        }
    }

    /// What is wrong with a command's subcommand or options; nil when there is nothing.
    func fault(of words: [String]) -> String? {
        var path = ""
        var rest = words[...]
        while let next = rest.first, options[path.isEmpty ? next : "\(path) \(next)"] != nil {
            path = path.isEmpty ? next : "\(path) \(next)"
            rest = rest.dropFirst()
        }
        guard let own = options[path], !path.isEmpty || words.first?.hasPrefix("-") == true else {
            return "there is no such subcommand"
        }
        let isGroup = options.keys.contains { $0.hasPrefix("\(path) ") }
        if isGroup, !path.isEmpty, rest.first?.hasPrefix("-") == false { return "there is no such subcommand" }
        for word in rest.prefix(while: { $0 != "--" }) where word.hasPrefix("-") && word.count > 1 {
            let name = String(word.prefix { $0 != "=" })
            if own[name] == nil, !["--help", "-h"].contains(name) { return "there is no option \(name)" }
        }
        return nil
    }

    /// Whether a text only names an option: `larder put --ttl`.
    func isMention(_ words: [String]) -> Bool {
        guard let last = words.last else { return true }
        return options.contains { words.joined(separator: " ").hasPrefix($0.key) && $0.value[last] == true }
    }

    private struct Dump: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let arguments: [Argument]?
            let subcommands: [Command]?
        }

        struct Argument: Decodable {
            let kind: String
            let names: [Name]?
        }

        struct Name: Decodable {
            let kind: String
            let name: String
        }
    }
}

/// A `larder …` as it is shown somewhere.
private struct ShownCommand: CustomStringConvertible {
    let place: String
    /// Its words behind `larder`, as a shell would hand them over.
    let words: [String]
    /// A synopsis has brackets and alternatives: its options are checked, it is no command to run.
    let isSynopsis: Bool

    var description: String { "\(place): larder \(words.joined(separator: " "))" }

    /// Why the program is not run for it; nil when it is.
    var reasonNotToRun: String? {
        if isSynopsis { return "a synopsis" }
        if words.count == 1, words[0] != "ls" { return "a command's name" }
        return switch words.first {
        case "serve": "it serves until it is stopped"
        case "help": "its argument is a placeholder"
        case "verify" where words.contains("--offline"): "it reads a data directory of its own"
        case "migrate": "it wants two installations that nobody serves"
        default: nil
        }
    }

    // MARK: Finding

    static func all(helpTexts: [String: String]) throws -> [ShownCommand] {
        let root = Larder.packageRoot
        var found: [ShownCommand] = []
        let pages = try Disk.files(below: root + "/docs").filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        for page in ["README.md", "CONTRIBUTING.md"] + pages {
            let text = try String(contentsOfFile: "\(root)/\(page)", encoding: .utf8)
            for (line, code) in codes(of: text) { found += commands(in: code, at: "\(page):\(line)") }
        }
        let scripts = try Disk.files(below: root + "/Console").filter { $0.hasSuffix(".js") }
        for script in scripts {
            let text = try String(contentsOfFile: "\(root)/Console/\(script)", encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                found += commands(in: literal(line), at: "Console/\(script):\(number + 1)")
            }
        }
        for (place, text) in helpTexts {
            let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for match in flat.matches(of: /'larder ([a-z][^']*)'|\$\(larder ([a-z][^)]*)\)/) {
                found += commands(in: "larder \(match.1 ?? match.2 ?? "")", at: place)
            }
        }
        return found
    }

    /// The code of a Markdown text, with the number of the line that it begins on.
    private static func codes(of text: String) -> [(line: Int, code: String)] {
        var found: [(line: Int, code: String)] = []
        /// The text without its fenced blocks, line by line: code within it may go over a line's end.
        var prose: [Substring] = []
        var isFenced = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") { isFenced.toggle() }
            if isFenced { found.append((number + 1, String(line))) }
            prose.append(isFenced || line.hasPrefix("```") ? "" : line)
        }
        let joined = prose.joined(separator: "\n")
        for match in joined.matches(of: /`([^`]*)`/) {
            let line = joined[..<match.range.lowerBound].count { $0 == "\n" } + 1
            found.append((line, String(match.1).replacing("\n", with: " ")))
        }
        return found
    }

    /// A line of a script as what it shows: what is filled in is a word, or two for a store and a key; a line break
    /// ends a command.
    private static func literal(_ line: Substring) -> String {
        String(line).replacing(/\$\{words\([^}]*\)\}/, with: "x x").replacing(/\$\{[^}]*\}/, with: "x")
            .replacing("\\n", with: ";").replacing("\\\"", with: "'").replacing("\"", with: ";").replacing(
                "`", with: ";")
    }

    /// The commands in a piece of code: each from `larder ` on to where a shell would end it.
    static func commands(in code: String, at place: String) -> [ShownCommand] {
        var found: [ShownCommand] = []
        let starts = code.matches(of: /(?:^|[^\w\/.<-])larder (?!larder )(?=[a-z]|--[a-z])/).map(\.range.upperBound)
        for (i, start) in starts.enumerated() {
            let end = i + 1 < starts.count ? starts[i + 1] : code.endIndex
            var text = code[start..<end]
            // The next command's own name, and what is set apart from a synopsis by spaces.
            if i + 1 < starts.count { text = text.dropLast("larder ".count) }
            if let gap = text.firstRange(of: "   ") { text = text[..<gap.lowerBound] }
            text = text.prefix { $0 != ";" }
            let isSynopsis = text.contains(/[\[\]…]|\w\|\w/)
            let plain =
                isSynopsis ? String(text).replacing(/[\[\]()…]/, with: " ").replacing("|", with: " ") : String(text)
            found.append(ShownCommand(place: place, words: shellWords(plain), isSynopsis: isSynopsis))
        }
        return found
    }

    /// The words of the first simple command of a line, as a POSIX shell splits them.
    private static func shellWords(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else if "|<>;&)".contains(character) || character == "#" && word == nil {
                break
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}
