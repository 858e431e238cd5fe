import LarderModel
import LarderTestSupport
import Testing

@testable import Index

@Suite("What a batch asks ahead", .everyEngine)
struct ForesightTests {
    /// What a key holds, or that it is a log of so many events.
    private enum Kept: Equatable {
        case nothing
        case content(Int)
        case events(Int)
    }

    private static func content(_ number: Int) -> [UInt8] { "content \(number)".bytes }

    private static func event(_ number: Int) throws -> NewLogEvent {
        let fingerprint = try #require(Fingerprint([UInt8](repeating: UInt8(number), count: 16)))
        return NewLogEvent(json: "{\"n\":\(number)}".bytes, fingerprint: fingerprint, signal: RunSignal())
    }

    private static func shape() throws -> IndexTransaction.LogShape {
        let etag = try #require(ETag([UInt8](repeating: 9, count: 32)))
        return IndexTransaction.LogShape(
            fold: { _, event in Array((event + [UInt8](repeating: 0, count: 32)).prefix(32)) },
            etag: { _, _, _ in etag })
    }

    /// Changes of the same few names and contents, which all wait together, so that what is foreseen for one is
    /// changed by another before it comes to that.
    @Test("changes nothing of what its changes do, whatever they do to each other's rows", arguments: 1...6)
    func same(seed: UInt64) async throws {
        var random = Seeded(seed)
        let names = try (0..<4).map { try name("k\($0)", store: "store\($0 % 2)") }
        let bounds = LogBounds(maxEvents: 100), shape = try Self.shape()
        var model: [EntryName: Kept] = [:]
        try await withIndex { index async throws in
            for _ in 0..<4 {
                let pending = try await index.whileWriterIsBusy {
                    var pending: [Pending<Void>] = []
                    for _ in 0..<40 {
                        let name = names.randomElement(using: &random) ?? names[0]
                        let number = Int.random(in: 0..<3, using: &random)
                        switch Int.random(in: 0..<10, using: &random) {
                        case 0:
                            // Many names in one change; one of them may be there twice.
                            let others = [name] + names.shuffled(using: &random).prefix(2)
                            let object = try inline(Self.content(number))
                            let draft = try draft(object)
                            pending.append(
                                index.write(others.map { Foresight($0, digest: object.digest) }) {
                                    for other in others { _ = try $0.put(other, draft, object) }
                                })
                            for other in others { model[other] = .content(number) }
                        case 1..<4:
                            let object = try inline(Self.content(number))
                            let draft = try draft(object)
                            pending.append(
                                index.submit(Foresight(name, digest: object.digest)) {
                                    _ = try $0.put(name, draft, object)
                                })
                            model[name] = .content(number)
                        case 4..<7:
                            let event = try Self.event(number)
                            pending.append(
                                index.submit(Foresight(name, isLog: true)) {
                                    // What is no log goes first: the policies see to it elsewhere.
                                    if try $0.reader.entry(name)?.placement != .log { _ = try $0.delete(name) }
                                    _ = try $0.append([event], to: name, bounds, shape)
                                })
                            let count = if case .events(let count) = model[name] { count } else { 0 }
                            model[name] = .events(count + 1)
                        default:
                            pending.append(index.submit(Foresight(name)) { _ = try $0.delete(name) })
                            model[name] = .nothing
                        }
                    }
                    return pending
                }
                for change in pending { try await change.value }
                for name in names {
                    let (entry, events) = try await index.read {
                        (try $0.entry(name), try $0.logHead(name)?.count ?? 0)
                    }
                    switch model[name] ?? .nothing {
                    case .nothing: #expect(entry == nil)
                    case .content(let number): #expect(try entry?.digest == digest(of: Self.content(number)))
                    case .events(let count):
                        #expect(entry?.placement == .log)
                        #expect(events == count)
                    }
                }
                try await expectConsistent(index)
            }
        }
    }

    @Test("that content is not there does not count any more once it is")
    func twice() async throws {
        try await withIndex { index async throws in
            let object = try inline("the same".bytes), draft = try draft(object)
            let names = try (0..<20).map { try name("k\($0)") }
            _ = try await index.write { try $0.put(try name("first"), "other".bytes) }
            let pending = try await index.whileWriterIsBusy {
                names.map { name in
                    index.submit(Foresight(name, digest: object.digest)) { try $0.put(name, draft, object).wasKnown }
                }
            }
            var known = 0
            for change in pending where try await change.value { known += 1 }
            #expect(known == names.count - 1)
            try await expectConsistent(index)
        }
    }
}
