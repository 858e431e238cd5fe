import LarderModel
import LarderTestSupport
import Testing

@Suite("Fuzz: conditions")
struct ConditionTests {
    private enum Item { case own(ETag), weak(ETag), foreign(String) }

    private static func tag(_ dice: inout Seeded) throws -> ETag {
        guard let tag = ETag([UInt8](repeating: UInt8(dice.number(0...3)), count: 16)) else {
            throw Fuzz.Broken(description: "an ETag has 16 bytes")
        }
        return tag
    }

    private static func item(_ dice: inout Seeded) throws -> Item {
        switch dice.number(0...3) {
        case 0: .weak(try tag(&dice))
        case 1: .foreign(dice.text(0...6).filter { $0 != "\"" && $0.isASCII && !$0.isNewline })
        default: .own(try tag(&dice))
        }
    }

    @Test("a list of ETags is read back however it is spaced, weak ones where they count")
    func lists() {
        Fuzz.run(2_000) { dice in
            let items = try dice.many(1...6) { try Self.item(&$0) }
            let blanks = ["", " ", "\t", "  "]
            let text = items.map { item in
                let text =
                    switch item {
                    case .own(let tag): tag.quoted
                    case .weak(let tag): "W/" + tag.quoted
                    case .foreign(let text): "\"" + text + "\""
                    }
                return dice.pick(blanks) + text + dice.pick(blanks)
            }.joined(separator: dice.pick([",", ",,", ", ,"]))
            for weak in [false, true] {
                let expected: [ETag] = items.compactMap { item in
                    switch item {
                    case .own(let tag): tag
                    case .weak(let tag): weak ? tag : nil
                    case .foreign: nil
                    }
                }
                let list = Preconditions.TagList(text, weak: weak)
                try Fuzz.require(list == .tags(expected), "\(text) gives \(list)")
            }
        }
    }

    @Test("a damaged list is read or unreadable; it never matches a tag that it does not hold")
    func damaged() throws {
        let corpus = try Fuzz.corpus("etags")
        Fuzz.run(3_000) { dice in
            let text = dice.damaged(dice.pick(corpus), words: ["\"", "W/", ",", "*", " ", "w/"]).text
            let isTrue =
                switch Preconditions.TagList(text, weak: true) {
                case .any: text.filter { $0 != " " && $0 != "\t" } == "*"
                case .tags(let tags): tags.allSatisfy { text.contains($0.quoted) }
                case .unreadable: true
                }
            try Fuzz.require(isTrue, "\(text) is read as something else")
        }
    }

    @Test("an HTTP date is read only in the forms in which it would be written")
    func dates() throws {
        let corpus = try Fuzz.corpus("dates")
        for date in corpus { try Fuzz.require(Timestamp(httpDate: date.text)?.httpDate == date.text, date.text) }
        Fuzz.run(3_000) { dice in
            let time = Timestamp(milliseconds: Int64.random(in: 0...253_402_300_799_999, using: &dice))
            try Fuzz.require(Timestamp(httpDate: time.httpDate)?.wholeSeconds == time.wholeSeconds, "\(time)")
            let text = dice.damaged(
                dice.once(in: 2) ? time.httpDate.bytes : dice.pick(corpus),
                words: [" ", ":", "0", "GMT", "-", "+", "٣"]
            ).text
            guard let read = Timestamp(httpDate: text) else { return }
            let isOld = text.contains("-") || !text.contains(",")
            try Fuzz.require(isOld || read.httpDate == text, text)
            try Fuzz.require(Timestamp(httpDate: read.httpDate) == read, text)
        }
    }

    /// RFC 9110 §13.2.2, step by step.
    private static func expected(_ c: Preconditions, etag: ETag, modified: Int64) -> Preconditions.ReadOutcome {
        func holds(_ list: Preconditions.TagList) -> Bool {
            switch list {
            case .any: true
            case .tags(let tags): tags.contains(etag)
            case .unreadable: false
            }
        }
        if let list = c.ifMatch {
            if !holds(list) { return .failed }
        } else if let date = c.ifUnmodifiedSince, modified > date.milliseconds / 1_000 {
            return .failed
        }
        if let list = c.ifNoneMatch {
            if holds(list) { return .notModified }
        } else if let date = c.ifModifiedSince, modified <= date.milliseconds / 1_000 {
            return .notModified
        }
        return .proceed
    }

    @Test("conditions are weighed in the RFC's order; a write that may go on is a read that need not fail")
    func order() {
        Fuzz.run(3_000) { dice in
            func list(_ dice: inout Seeded) throws -> Preconditions.TagList? {
                switch dice.number(0...3) {
                case 0: .any
                case 1: .tags(try dice.many(0...2) { try Self.tag(&$0) })
                default: nil
                }
            }
            func date(_ dice: inout Seeded) -> Timestamp? {
                dice.once(in: 2) ? nil : Timestamp(milliseconds: Int64(dice.number(0...5)) * 1_000)
            }
            let conditions = Preconditions(
                ifMatch: try list(&dice), ifNoneMatch: try list(&dice), ifModifiedSince: date(&dice),
                ifUnmodifiedSince: date(&dice))
            let etag = try Self.tag(&dice)
            let modified = Timestamp(milliseconds: Int64(dice.number(0...5_999)))
            let outcome = conditions.evaluateRead(etag: etag, modifiedAt: modified)
            try Fuzz.require(
                outcome == Self.expected(conditions, etag: etag, modified: modified.milliseconds / 1_000),
                "\(conditions) \(etag) \(modified)")
            let mayWrite = (try? conditions.checkWrite(current: (etag, modified))) != nil
            let withoutDate = Preconditions(
                ifMatch: conditions.ifMatch, ifNoneMatch: conditions.ifNoneMatch,
                ifUnmodifiedSince: conditions.ifUnmodifiedSince)
            let read = withoutDate.evaluateRead(etag: etag, modifiedAt: modified)
            try Fuzz.require(mayWrite == (read == .proceed), "\(conditions) \(etag) \(modified)")
        }
    }
}
