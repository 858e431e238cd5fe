import Foundation
import LarderModel
import LarderTestSupport
import Testing

@testable import Disk

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

    @Test("are never links, pipes or folders: those are refused, and waited for by nobody", arguments: OddFile.allCases)
    func odd(_ odd: OddFile) throws {
        try withPath { path throws in
            try FileSystem.makeDirectories(path)
            let file = path + "/file"
            #expect(odd.make(file))
            let error = #expect(throws: FileSystem.Failure.self) { try FileSystem.readFile(file) }
            #expect(error?.isOdd == true)
            #expect(error?.description.contains("not a plain file") == true)
            #expect(try FileSystem.status(file) == nil)
            // A new one takes the place of a link or a pipe, and nothing is written through it.
            guard odd != .folder, odd != .fullFolder else { return }
            try FileSystem.writeFile(file, [1])
            #expect(try FileSystem.readFile(file) == [1])
            #expect(try FileSystem.readFile(path + "/elsewhere") == nil)
        }
    }

    @Test("have no leftovers of others written through")
    func leftover() throws {
        try withPath { path throws in
            try FileSystem.makeDirectories(path)
            try FileSystem.writeFile(path + "/victim", [7])
            #expect(symlink("victim", path + "/file.new") == 0)
            try FileSystem.writeFile(path + "/file", [1])
            #expect(try FileSystem.readFile(path + "/file") == [1])
            #expect(try FileSystem.readFile(path + "/victim") == [7])
        }
    }

    @Test(
        "are taken away from everybody but their owner, once",
        arguments: [(0o666, 0o600), (0o640, 0o600), (0o700, nil)])
    func modes(mode: Int, right: Int?) throws {
        try withPath { path throws in
            try FileSystem.writeFile(path, [1])
            #expect(chmod(path, mode_t(mode)) == 0)
            #expect(try FileSystem.keepForOwner(path) == (right != nil))
            #expect(try permissions(path) == right ?? mode)
            #expect(try !FileSystem.keepForOwner(path))
        }
    }

    @Test("have an identity that another in their place has not")
    func identity() throws {
        try withPath { path throws in
            try FileSystem.writeFile(path, [1])
            let first = try #require(try FileSystem.identity(path))
            // Open, as the server has them: else the number could come again.
            let held = try FileSystem.openFile(path, O_RDONLY)
            defer { FileSystem.close(held) }
            #expect(try FileSystem.identity(path) == first)
            try FileSystem.writeFile(path, [1])
            #expect(try FileSystem.identity(path) != first)
            try FileSystem.remove(path)
            #expect(try FileSystem.identity(path) == nil)
        }
    }

    @Test("take the room that they are given")
    func room() throws {
        try withPath { path throws in
            try FileSystem.makeFile(path, size: 100_000)
            #expect(try FileSystem.status(path)?.size == 100_000)
            #expect(try permissions(path) == 0o600)
            try FileSystem.makeFile(path, size: 1)
            #expect(try FileSystem.status(path)?.size == 1)
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
