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

    @Test("knows its room")
    func space() throws {
        try withPath { path throws in
            let space = try DataDirectory(path).space()
            #expect(space.free > 0)
            #expect(space.total >= space.free)
        }
    }
}
