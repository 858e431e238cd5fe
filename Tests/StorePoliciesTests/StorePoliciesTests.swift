import Foundation
import LarderModel
import LarderTestSupport
import StorePolicies
import Testing

@Suite("A policy folder")
final class StorePoliciesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ name: String) -> URL { URL(filePath: folder.path).appending(path: name) }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: file(name))
    }

    private func load() throws -> PolicyBook { try StorePolicies.load(directory: folder.path) }

    private static func policy(_ name: String) -> String {
        "name: \(name)\nrules:\n  - keys: \"**\"\n    maxSize: 1KB\n"
    }

    @Test("replaces the shipped files whole, with .yaml and .yml alike")
    func replaces() throws {
        try write("b.yml", Self.policy("beta"))
        try write("a.yaml", Self.policy("alpha"))
        let book = try load()
        #expect(book.policies.map(\.name) == ["alpha", "beta"])
        #expect(
            book.policies.map(\.source) == ["a.yaml", "b.yml"].map { Policy.Source(file: $0, isShipped: false) })
        let runs = book.policy(for: try StoreName("runs"))
        #expect(book.rule(for: try EntryKey("k"), in: runs).maxSize == PolicyBook.maxSizeDefault)
    }

    @Test("is the same with a slash at its end")
    func trailingSlash() throws {
        try write("a.yaml", Self.policy("alpha"))
        #expect(try StorePolicies.load(directory: folder.path + "/").policies.map(\.name) == ["alpha"])
    }

    @Test("may hold other files", arguments: ["README.md", ".hidden.yaml", "a.yaml~", "yaml", "a.yaml.bak"])
    func otherFiles(name: String) throws {
        try write("a.yaml", Self.policy("alpha"))
        try write(name, "not: a: policy")
        #expect(try load().policies.map(\.name) == ["alpha"])
    }

    private func refusal() throws -> LarderError { try #require(throws: LarderError.self) { try self.load() } }

    @Test("that is empty is refused, not taken for no rules")
    func empty() throws {
        let error = try refusal()
        #expect(error.code == .invalidPolicy)
        #expect(error.message.contains(folder.path) && error.message.contains("holds no *.yaml"))
    }

    @Test("that is missing is refused")
    func missing() throws {
        try FileManager.default.removeItem(atPath: folder.path)
        let error = try refusal()
        #expect(error.code == .invalidPolicy)
        #expect(error.message.contains("'\(folder.path)' can't be read"))
    }

    @Test("that is a file is refused")
    func file() throws {
        try write("a.yaml", Self.policy("alpha"))
        let error = try #require(throws: LarderError.self) {
            try StorePolicies.load(directory: self.folder.path + "/a.yaml")
        }
        #expect(error.code == .invalidPolicy)
    }

    @Test("with an unreadable policy is refused by the file's name")
    func unreadable() throws {
        try FileManager.default.createDirectory(
            at: file("a.yaml"), withIntermediateDirectories: false)
        let error = try refusal()
        #expect(error.code == .invalidPolicy)
        #expect(error.message.contains("\(folder.path)/a.yaml"))
    }

    @Test("with bytes that are not UTF-8 is refused")
    func notUTF8() throws {
        try Data([0x6E, 0xFF]).write(to: file("a.yaml"))
        #expect(try refusal().message.contains("is not UTF-8"))
    }

    @Test("takes a file of a million bytes and refuses one byte more")
    func tooLarge() throws {
        let text = Self.policy("alpha")
        let comment = "#" + String(repeating: "x", count: StorePolicies.maxFileBytes - text.utf8.count - 2) + "\n"
        try write("a.yaml", comment + text)
        #expect(try load().policies.count == 1)
        try write("a.yaml", "#" + comment + text)
        #expect(try refusal().message.contains("at most 1000000"))
    }

    @Test("with a mistake is refused with file and line")
    func mistake() throws {
        try write("a.yaml", "name: alpha\nrules:\n  - keys: \"**\"\n    maxsize: 1KB\n")
        let error = try refusal()
        #expect(error.message.hasPrefix("\(folder.path)/a.yaml:4: unknown field 'maxsize'"))
    }

    @Test("with two files that claim one name is refused")
    func claimedTwice() throws {
        try write("a.yaml", "name: alpha\nmatches: [\"*-runs\"]\nrules:\n  - keys: \"**\"\n")
        try write("b.yaml", "name: beta\nmatches: [\"acme-*\"]\nrules:\n  - keys: \"**\"\n")
        let error = try refusal()
        #expect(error.message.hasPrefix("\(folder.path)/b.yaml:2: 'acme-*' of policy 'beta' claims"))
        #expect(error.message.contains("'*-runs' of policy 'alpha' (\(folder.path)/a.yaml:2)"))
    }
}
