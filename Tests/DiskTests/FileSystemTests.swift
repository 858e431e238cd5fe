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
