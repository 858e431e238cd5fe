import Foundation
import LarderModel
import Testing

@testable import Disk

@Suite("A data directory")
struct DataDirectoryTests {
    @Test("is made with what it needs, for the owner only")
    func made() throws {
        try withPath { parent throws in
            let directory = try DataDirectory(parent + "/deep/data")
            let path = directory.path
            #expect(try FileSystem.list(path).sorted() == ["incoming", "lock", "objects"])
            #expect(try FileSystem.list(path + "/objects").sorted() == (0..<256).map { [UInt8($0)].hex })
            for folder in ["", "/incoming", "/objects", "/objects/00", "/objects/ff"] {
                #expect(try permissions(path + folder) == 0o700)
            }
            #expect(try permissions(path + "/lock") == 0o600)
        }
    }

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

    @Test("loses what a killed process left in incoming, and nothing else")
    func emptied() throws {
        try withPath { path throws in
            try FileSystem.makeDirectories(path + "/incoming")
            try FileSystem.makeDirectories(path + "/objects/ab")
            for name in ["incoming/1", "incoming/2.new", "objects/ab/kept", "admin.token"] {
                try FileSystem.writeFile("\(path)/\(name)", [1, 2, 3])
            }
            let directory = try DataDirectory(path)
            #expect(try FileSystem.list(directory.incomingPath).isEmpty)
            #expect(try FileSystem.readFile(path + "/objects/ab/kept") == [1, 2, 3])
            #expect(try FileSystem.readFile(directory.adminTokenPath) == [1, 2, 3])
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

    @Test("knows its room")
    func space() throws {
        try withPath { path throws in
            let space = try DataDirectory(path).space()
            #expect(space.free > 0)
            #expect(space.total >= space.free)
        }
    }
}

@Suite("Small files")
struct FileSystemTests {
    @Test("are replaced whole, for the owner only")
    func replaced() throws {
        try withPath { path throws in
            try FileSystem.makeDirectories(path)
            for bytes in [noise(1_000), [], [1]] {
                try FileSystem.writeFile(path + "/file", bytes)
                #expect(try FileSystem.readFile(path + "/file") == bytes)
                #expect(try FileSystem.list(path) == ["file"])
                #expect(try permissions(path + "/file") == 0o600)
            }
        }
    }

    @Test("that are not there read as nil; removing them is no error")
    func missing() throws {
        try withPath { path throws in
            #expect(try FileSystem.readFile(path) == nil)
            try FileSystem.remove(path)
            let error = #expect(throws: FileSystem.Failure.self) { try FileSystem.list(path) }
            #expect(error?.isMissing == true)
        }
    }

    @Test("read no further than the limit")
    func limited() throws {
        try withPath { path throws in
            try FileSystem.writeFile(path, noise(100))
            #expect(try FileSystem.readFile(path, limit: 10) == Array(noise(100).prefix(10)))
        }
    }

    @Test(
        "tell a client of a full disk, and of nothing else",
        arguments: [(ENOSPC, LarderError.Code.diskFull), (EDQUOT, .diskFull), (EIO, .internalError)])
    func failures(errno: Int32, code: LarderError.Code) throws {
        let failure = FileSystem.Failure(call: "write", path: "/data/secret", errno: errno)
        #expect(failure.larderError.code == code)
        #expect(!failure.larderError.message.contains("secret"))
        #expect(failure.larderError.cause?.contains("/data/secret") == true)
    }
}
