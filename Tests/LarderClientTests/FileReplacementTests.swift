import Foundation
import LarderTestSupport
import Testing

@testable import LarderClient

@Suite("Content saved to a file")
struct FileReplacementTests {
    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test("replaces the old file whole, and keeps its permissions")
    func replaces() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/f"
        try Data("old and longer".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try await ScriptedServer.with(Samples.content()) { server in
            try await server.withClient { client in
                try await client.store("s").get("a", verify: true).save(to: path)
            }
        }
        #expect(try text(path) == "hello")
        #expect(try names(folder) == ["f"])
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
    }

    @Test(
        "leaves the old file when it breaks off, and nothing else",
        arguments: [Samples.content("hel", isCut: true), Samples.content("jello")])
    func leaves(answer: ScriptedAnswer) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/f"
        try Data("old".utf8).write(to: URL(filePath: path))
        try await ScriptedServer.with(answer) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a", verify: true)
                await #expect(throws: LarderClientError.self) { try await content.save(to: path) }
            }
        }
        #expect(try text(path) == "old")
        #expect(try names(folder) == ["f"])
    }

    @Test("goes through a symbolic link and not in its place")
    func symbolicLink() async throws {
        let folder = try TemporaryFolder()
        try Data("old".utf8).write(to: URL(filePath: folder.path + "/real"))
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "real")
        try await ScriptedServer.with(Samples.content()) { server in
            try await server.withClient { try await $0.store("s").get("a").save(to: folder.path + "/link") }
        }
        #expect(try text(folder.path + "/real") == "hello")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/link") == "real")
    }

    @Test("writes to a device as to a device")
    func device() async throws {
        try await ScriptedServer.with(Samples.content()) { server in
            try await server.withClient { try await $0.store("s").get("a").save(to: "/dev/null") }
        }
        let kind = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        #expect(kind == .typeCharacterSpecial)
    }

    @Test("says which file can't be written")
    func noFolder() async throws {
        try await ScriptedServer.with(Samples.content()) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a")
                let error = await #expect(throws: LarderClientError.self) {
                    try await content.save(to: "/nonexistent/f")
                }
                #expect(error?.code == .fileError)
            }
        }
    }
}
