import Foundation
import LarderModel
import LarderTestSupport
import Testing

@testable import Disk

@Suite("A data directory")
struct DataDirectoryTests {
    @Test("that is held is refused with the holder's pid")
    func locked() throws {
        try withPath { path throws in
            let held = try DataDirectory(path)
            let error = try #require(throws: LarderError.self) { try DataDirectory(path) }
            #expect(error.code == .unavailable)
            #expect(error.message.contains("(pid \(getpid()))"))
            #expect(error.message.contains(path))
            #expect(!error.message.contains("\n"))
            withExtendedLifetime(held) {}
        }
    }

    @Test("that can't be made is one clear line", arguments: ["", "/below"])
    func unusable(tail: String) throws {
        try withPath { path throws in
            try FileSystem.writeFile(path, [])
            let error = try #require(throws: LarderError.self) { try DataDirectory(path + tail) }
            #expect(error.code == .internalError)
            #expect(error.message.hasPrefix("can't use the data directory \(path)\(tail): "))
            #expect(!error.message.contains("\n"))
        }
    }

    @Test("has a lock that is no link: what it leads to is left alone")
    func linkedLock() throws {
        try withPath { path throws in
            try FileSystem.makeDirectories(path)
            try FileSystem.writeFile(path + "/victim", [1, 2, 3])
            #expect(symlink("victim", path + "/lock") == 0)
            let error = try #require(throws: LarderError.self) { try DataDirectory(path) }
            #expect(error.message.contains("/lock"))
            #expect(try FileSystem.readFile(path + "/victim") == [1, 2, 3])
        }
    }

    @Test("that is not accepted is let go of")
    func refused() throws {
        try withPath { path throws in
            let refusal = LarderError(.internalError, "not this one")
            let error = #expect(throws: LarderError.self) {
                try DataDirectory(path) { directory throws(LarderError) in throw refusal }
            }
            #expect(error?.message == refusal.message)
            _ = try DataDirectory(path)
        }
    }

    @Test("notices what is moved or replaced", arguments: ["moved", "copied", "lock", "file", "nothing"])
    func replaced(_ what: String) throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let directory = try DataDirectory(path)
            try FileSystem.writeFile(path + "/index", [1])
            let held = try FileSystem.openFile(path + "/index", O_RDONLY)
            defer { FileSystem.close(held) }
            try directory.remember([path + "/index", path + "/missing"])
            #expect(directory.movedAway() == nil)
            switch what {
            case "moved": try FileSystem.rename(path, to: parent + "/old")
            case "copied":
                try FileSystem.rename(path, to: parent + "/old")
                try FileManager.default.copyItem(atPath: parent + "/old", toPath: path)
            case "lock": try FileSystem.remove(path + "/lock")
            case "file": try FileSystem.writeFile(path + "/index", [1])
            default: try FileSystem.writeFile(path + "/missing", [1])
            }
            #expect((directory.movedAway() != nil) == (what != "nothing"))
        }
    }

    @Test("is closed to others, with the secrets in it, and says what was open")
    func doors() throws {
        try withPath { path throws in
            let directory = try DataDirectory(path)
            #expect(directory.closeDoors().isEmpty)
            try FileSystem.writeFile(directory.signingKeyPath, [1])
            for open in [path, directory.signingKeyPath] { #expect(chmod(open, 0o755) == 0) }
            #expect(directory.closeDoors().map(\.path) == [path, directory.signingKeyPath])
            #expect(try permissions(path) == 0o700)
            #expect(directory.closeDoors().isEmpty)
        }
    }

    @Test("knows its room")
    func space() throws {
        try withPath { path throws in
            let space = try DataDirectory(path).space()
            #expect(space.free > 0)
            #expect(space.total >= space.free)
        }
    }
}
