import LarderModel
import LarderTestSupport
import Testing

private let tagA = ETag([UInt8](repeating: 0xAA, count: 16))
private let tagB = ETag([UInt8](repeating: 0xBB, count: 16))
private let a = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
private let b = "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\""

@Suite("A list of ETags")
struct TagListTests {
    struct Row: Sendable {
        var text: String
        var weak: Bool = false
        var list: Preconditions.TagList
    }

    @Test(
        "reads as RFC 9110 §13.1.1 has it",
        arguments: [
            Row(text: "*", list: .any),
            Row(text: " *\t", list: .any),
            Row(text: a, list: .tags([tagA].compactMap(\.self))),
            Row(text: "\(a), \(b)", list: .tags([tagA, tagB].compactMap(\.self))),
            Row(text: "\(a),\(b)", list: .tags([tagA, tagB].compactMap(\.self))),
            Row(text: ", \(a) ,, \(b),", list: .tags([tagA, tagB].compactMap(\.self))),
            Row(text: "W/\(a)", weak: true, list: .tags([tagA].compactMap(\.self))),
            Row(text: "W/\(a)", weak: false, list: .tags([])),
            Row(text: "W/\(a), \(b)", weak: false, list: .tags([tagB].compactMap(\.self))),
            Row(text: "\"foreign\"", list: .tags([])),
            Row(text: "\"a,b\", \(a)", list: .tags([tagA].compactMap(\.self))),
            Row(text: "\"\"", list: .tags([])),
        ])
    func valid(row: Row) {
        #expect(Preconditions.TagList(row.text, weak: row.weak) == row.list)
    }

    @Test(
        "that is malformed matches nothing",
        arguments: [
            "", "  ", ",", "abc", "\"abc", "abc\"", "w/\(a)", "*, \(a)", "\(a), *", "\(a)\(b)", "\(a) \(b)", "W/",
            "W/*", "'abc'", "**",
        ])
    func invalid(text: String) {
        for weak in [true, false] {
            let list = Preconditions.TagList(text, weak: weak)
            #expect(list == .unreadable && !list.matches(tagA) && !list.matches(nil))
        }
    }

    @Test("matches no entry that is not there")
    func missing() throws {
        #expect(!Preconditions.TagList.any.matches(nil))
        #expect(!Preconditions.TagList.tags([try #require(tagA)]).matches(nil))
    }
}

@Suite("Preconditions")
struct PreconditionsTests {
    private static let now = Timestamp(milliseconds: 1_000_500)

    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var conditions: Preconditions
        var read: Preconditions.ReadOutcome
        /// Whether a write to the entry, and one where there is none, may go on.
        var writesExisting: Bool
        var writesMissing: Bool
        var testDescription: String { what }
    }

    private static func list(_ tag: ETag?) -> Preconditions.TagList { .tags([tag].compactMap(\.self)) }
    private static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    /// The entry has tag A and was modified at 1,000.500 s.
    @Test(
        "decide reads and writes of an entry, and writes where there is none",
        arguments: [
            Case(what: "none", conditions: .none, read: .proceed, writesExisting: true, writesMissing: true),
            Case(
                what: "If-None-Match: *", conditions: .onlyIfNew, read: .notModified, writesExisting: false,
                writesMissing: true),
            Case(
                what: "If-Match: *", conditions: .init(ifMatch: .any), read: .proceed, writesExisting: true,
                writesMissing: false),
            Case(
                what: "If-Match: A", conditions: .init(ifMatch: list(tagA)), read: .proceed, writesExisting: true,
                writesMissing: false),
            Case(
                what: "If-Match: B", conditions: .init(ifMatch: list(tagB)), read: .failed, writesExisting: false,
                writesMissing: false),
            Case(
                what: "If-Match: foreign", conditions: .init(ifMatch: .tags([])), read: .failed, writesExisting: false,
                writesMissing: false),
            Case(
                what: "If-None-Match: A", conditions: .init(ifNoneMatch: list(tagA)), read: .notModified,
                writesExisting: false, writesMissing: true),
            Case(
                what: "If-None-Match: B", conditions: .init(ifNoneMatch: list(tagB)), read: .proceed,
                writesExisting: true, writesMissing: true),
            Case(
                what: "If-Match: A beats If-Unmodified-Since",
                conditions: .init(ifMatch: list(tagA), ifUnmodifiedSince: at(0)),
                read: .proceed, writesExisting: true, writesMissing: false),
            Case(
                what: "If-None-Match: B beats If-Modified-Since",
                conditions: .init(ifNoneMatch: list(tagB), ifModifiedSince: at(2_000_000)),
                read: .proceed, writesExisting: true, writesMissing: true),
            Case(
                what: "If-Match: A and If-None-Match: A",
                conditions: .init(ifMatch: list(tagA), ifNoneMatch: list(tagA)),
                read: .notModified, writesExisting: false, writesMissing: false),
            Case(
                what: "If-Unmodified-Since the second before", conditions: .init(ifUnmodifiedSince: at(999_000)),
                read: .failed,
                writesExisting: false, writesMissing: true),
            Case(
                what: "If-Unmodified-Since its second", conditions: .init(ifUnmodifiedSince: at(1_000_000)),
                read: .proceed,
                writesExisting: true, writesMissing: true),
            Case(
                what: "If-Modified-Since the second before", conditions: .init(ifModifiedSince: at(999_000)),
                read: .proceed,
                writesExisting: true, writesMissing: true),
            Case(
                what: "If-Modified-Since its second", conditions: .init(ifModifiedSince: at(1_000_000)),
                read: .notModified,
                writesExisting: true, writesMissing: true),
        ])
    func decide(example: Case) throws {
        let tag = try #require(tagA)
        #expect(example.conditions.evaluateRead(etag: tag, modifiedAt: Self.now) == example.read)
        #expect(goesOn { try example.conditions.checkWrite(current: (tag, Self.now)) } == example.writesExisting)
        #expect(goesOn { try example.conditions.checkWrite(current: nil) } == example.writesMissing)
    }

    private func goesOn(_ check: () throws -> Void) -> Bool {
        do {
            try check()
            return true
        } catch {
            #expect((error as? LarderError)?.code == .preconditionFailed)
            return false
        }
    }

    @Test("are empty only when there is none")
    func emptiness() {
        #expect(Preconditions.none.isEmpty)
        #expect(!Preconditions.onlyIfNew.isEmpty)
        #expect(!Preconditions(ifModifiedSince: Self.now).isEmpty)
    }
}
