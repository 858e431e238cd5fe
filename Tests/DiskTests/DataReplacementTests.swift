import Foundation
import LarderModel
import LarderTestSupport
import Testing

@testable import Disk

@Suite("Another state for a data directory")
struct DataReplacementTests {
    private static let now = Timestamp(milliseconds: 1_780_000_000_000)

    /// What each state holds, by the names of its files.
    private func fill(_ path: String, _ mark: UInt8) throws {
        try FileSystem.writeFile(path + "/index.sqlite", [mark])
        try FileSystem.makeDirectories(path + "/objects/ab")
        try FileSystem.writeFile(path + "/objects/ab/ab34", [mark, mark])
        try FileSystem.writeFile(path + "/admin.token", [mark])
    }

    private func mark(_ path: String) throws -> UInt8? {
        let marks = try ["index.sqlite", "objects/ab/ab34", "admin.token"].map {
            try FileSystem.readFile("\(path)/\($0)")?.first
        }
        #expect(Set(marks).count == 1, "one state is one state: \(marks)")
        return marks[0]
    }

    private func note(_ replacement: DataReplacement, older: String? = nil) -> ReplacementNote {
        ReplacementNote(snapshot: "s", at: 1, before: replacement.before, bytes: 4, older: older)
    }

    /// A directory with a state, and another one made beside it.
    private func prepare(_ path: String) throws -> (DataDirectory, DataReplacement) {
        let directory = try DataDirectory(path)
        try fill(path, 1)
        try FileSystem.writeFile(path + "/clock", [7])
        try FileSystem.writeFile(path + "/larder.yaml", [8])
        let replacement = try DataReplacement(of: directory, at: Self.now)
        try fill(replacement.path, 2)
        return (directory, replacement)
    }

    @Test("is in its place from the next opening on, and the state before beside the directory")
    func exchanged() throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let (directory, replacement) = try prepare(path)
            #expect(try replacement.sizeNow() == 4)
            try replacement.finish(note(replacement))
            #expect(try mark(path) == 1)
            directory.release()
            let next = try DataDirectory(path)
            #expect(next.settlement.said?.contains("in place") == true)
            #expect(try mark(path) == 2)
            let before = try #require(try next.replaced()?.before)
            #expect(before.hasPrefix(try FileSystem.resolved(path) + ".before-"))
            #expect(try mark(before) == 1)
            // What is no part of a state stays.
            #expect(try FileSystem.readFile(path + "/clock") == [7])
            #expect(try FileSystem.readFile(path + "/larder.yaml") == [8])
            next.removeRemains()
            #expect(
                try FileSystem.list(path).sorted() == [
                    "admin.token", "clock", "index.sqlite", "larder.yaml", "lock", "objects", "replaced.json",
                ])
            #expect(try next.discardBefore()?.bytes == 4)
            #expect(try !FileSystem.isThere(before))
            #expect(try next.replaced() == nil)
            #expect(try next.discardBefore() == nil)
            #expect(try mark(path) == 2)
        }
    }

    @Test("that was not declared whole is taken back by the next opening, which says so")
    func unfinished() throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let (directory, _) = try prepare(path)
            directory.release()
            let next = try DataDirectory(path)
            #expect(next.settlement.said?.contains("taken back") == true)
            #expect(try mark(path) == 1)
            #expect(try next.replaced() == nil)
            next.removeRemains()
            #expect(try FileSystem.list(path).allSatisfy { !$0.hasPrefix("restoring-") })
            #expect(try FileSystem.list(parent) == ["data"])
        }
    }

    @Test("is exchanged all or nothing, after whatever step it was broken off", arguments: 0...10)
    func brokenOff(_ steps: Int) throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let (directory, replacement) = try prepare(path)
            try replacement.finish(note(replacement))
            directory.release()
            // The steps of an opening, by hand.
            let time = String(replacement.path.split(separator: "/").last?.dropFirst("restoring-".count) ?? "")
            let whole = "\(path)/restored-\(time)", arriving = "\(path)/arriving-\(time)"
            let renames =
                ["index.sqlite", "objects", "admin.token"].map { ("\(path)/\($0)", "\(replacement.before)/\($0)") }
                + [(whole, arriving)]
                + ["index.sqlite", "objects", "admin.token", "replaced.json"].map {
                    ("\(arriving)/\($0)", "\(path)/\($0)")
                } + [(arriving, "\(path)/discarded-\(time)")]
            if steps > 0 { try FileSystem.makeDirectory(replacement.before) }
            for (from, to) in renames.prefix(max(steps - 1, 0)) { try FileSystem.rename(from, to: to) }
            let next = try DataDirectory(path)
            #expect(try mark(path) == 2)
            #expect(try mark(replacement.before) == 1)
            #expect(try next.replaced()?.snapshot == "s")
        }
    }

    @Test("is taken back when the state before can't be put aside")
    func takenBack() throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let (directory, replacement) = try prepare(path)
            // A file where the state before belongs.
            let blocked = ReplacementNote(snapshot: "s", at: 1, before: path + "/larder.yaml", bytes: 4, older: nil)
            try replacement.finish(blocked)
            directory.release()
            let next = try DataDirectory(path)
            #expect(next.settlement.said?.contains("taken back") == true)
            #expect(try mark(path) == 1)
            #expect(try FileSystem.readFile(path + "/larder.yaml") == [8])
            #expect(try next.replaced() == nil)
        }
    }

    @Test(
        "puts the state before into the directory where nothing can be made beside it, and replaces the one before that"
    )
    func inside() throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let (directory, first) = try prepare(path)
            try first.finish(note(first))
            directory.release()
            let second = try DataDirectory(path)
            // The same second is taken: the next one counts.
            let next = try DataReplacement(of: second, at: Self.now)
            #expect(next.before > first.before)
            try fill(next.path, 3)
            let inside = ReplacementNote(
                snapshot: "s", at: 2, before: path + "/before-x", bytes: 4, older: try second.replaced()?.before)
            try next.finish(inside)
            second.release()
            let third = try DataDirectory(path)
            #expect(try mark(path) == 3)
            #expect(try mark(path + "/before-x") == 2)
            #expect(try !FileSystem.isThere(first.before))
            third.removeRemains()
            #expect(try FileSystem.list(path).allSatisfy { !$0.hasPrefix("discarded-") })
        }
    }

    @Test("is refused where a part is a link, which leads elsewhere")
    func linked() throws {
        try withPath { parent throws in
            let path = parent + "/data"
            let directory = try DataDirectory(path)
            try FileSystem.makeDirectories(parent + "/elsewhere")
            #expect(symlink(parent + "/elsewhere", path + "/objects") == 0)
            let error = #expect(throws: LarderError.self) { try DataReplacement(of: directory, at: Self.now) }
            #expect(error?.code == .notImplemented)
            #expect(try FileSystem.list(path).sorted() == ["lock", "objects"])
        }
    }
}
