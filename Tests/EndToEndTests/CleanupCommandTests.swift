import Foundation
import Testing

/// One after the other: a server has one cleanup at a time, and one dry run.
@Suite("larder cleanup", .server, .serialized)
struct CleanupCommandTests {
    @Test("shows what would go and asks on a terminal, and removes just that")
    func cleanupAsks() async throws {
        let server = try server
        let store = Fresh.store()
        for key in ["a", "b"] { try requireStatus(try await server.put(Native.entry(store, key), "x"), 201) }
        let arguments = ["cleanup", "--store", store, "--older-than", "1s"]
        let isOld = try await eventually {
            let dry = try await server.command(arguments + ["--dry-run", "--json"])
            return try JSON(dry.output)["result"]["removed"] == 2
        }
        try #require(isOld)
        let no = try await server.onTerminal("cleanup", "--store", store, "--older-than", "1s", typing: "n\n")
        #expect(no.ending == .exit(1) && no.output.contains("Remove 2 entries?"), "\(no)")
        #expect(try await server.command("ls", store).outputLines == ["a", "b"])
        let yes = try await server.onTerminal("cleanup", "--store", store, "--older-than", "1s", typing: "y\n")
        #expect(yes.ending == .exit(0) && yes.output.contains("2 entries, 2 B removed"), "\(yes)")
    }

    @Test("finds a store in the sites that it cleans")
    func cleanupSites() async throws {
        let server = try server
        let (store, site) = (Fresh.store(), Fresh.name("site-"))
        try requireStatus(try await server.put(Native.entry(store, "a") + "?site=\(site)", "x"), 201)
        for (arguments, code) in [([], 0), (["--site", site], 0), (["--site", "default"], 3)] as [([String], Int32)] {
            let outcome = try await server.command(["cleanup", "--store", store, "--dry-run"] + arguments)
            #expect(outcome.ending == .exit(code), "\(arguments): \(outcome)")
        }
    }

    @Test("says with exit code 3 that a store is not there", arguments: [["--dry-run"], []])
    func notThere(_ arguments: [String]) async throws {
        let outcome = try await server.command(["cleanup", "--store", Fresh.store()] + arguments)
        #expect(outcome.ending == .exit(3) && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
    }

    @Test("does nothing to a terminal with the names that others gave")
    func terminal() async throws {
        let server = try server
        let (store, key) = (Fresh.store(), "a\u{1B}[31m\u{202E}b\u{9B}c\nd")
        let path = Native.entry(store, key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? key)
        try requireStatus(try await server.put(path, "x"), 201)
        let arguments = ["cleanup", "--keys", "--store", store, "--older-than", "1s", "--dry-run"]
        let isNamed = try await eventually { try await server.onTerminal(arguments).output.contains("31m") }
        try #require(isNamed)
        let outcome = try await server.onTerminal(arguments)
        let harmful = outcome.output.unicodeScalars.filter { ["\u{1B}", "\u{202E}", "\u{9B}"].contains($0) }
        #expect(harmful.isEmpty, "\(outcome.output.debugDescription)")
    }
}
