import LarderModel
import Testing

@testable import Index

@Suite("The audit log", .everyEngine)
struct AuditLogTests {
    private func draft(_ number: Int) -> AuditDraft {
        AuditDraft(who: "admin", act: .createToken, subject: "token \(number)", detail: Array("{\"n\":\(number)}".utf8))
    }

    @Test("gives its records back newest first, page by page")
    func pages() async throws {
        try await withIndex { index async throws in
            try await index.write { transaction in for number in 1...5 { try transaction.record(draft(number)) } }
            let first = try await index.read { try $0.audit(before: nil, limit: 2) }
            #expect(first.map(\.subject) == ["token 5", "token 4"])
            let rest = try await index.read { try $0.audit(before: first.last?.id, limit: 10) }
            #expect(rest.map(\.subject) == ["token 3", "token 2", "token 1"])
            #expect(
                rest.last?.act == "token.create" && rest.last?.who == "admin"
                    && rest.last?.detail == Array("{\"n\":1}".utf8))
            #expect(try await index.read { try $0.audit(before: 1, limit: 10) }.isEmpty)
        }
    }

    @Test("keeps the newest ten thousand")
    func bounded() async throws {
        try await withIndex { index async throws in
            try await index.write { transaction in
                for number in 1...AuditRecord.keptMax + 3 { try transaction.record(draft(number)) }
            }
            let all = try await index.read { try $0.audit(before: nil, limit: 20_000) }
            #expect(all.count == AuditRecord.keptMax)
            #expect(all.last?.subject == "token 4")
        }
    }

    @Test("holds nothing of a change that failed")
    func undone() async throws {
        try await withIndex { index async throws in
            await #expect(throws: LarderError.self) {
                try await index.write { (transaction) throws -> Void in
                    try transaction.record(draft(1))
                    throw LarderError(.conflict, "no")
                }
            }
            #expect(try await index.read { try $0.audit(before: nil, limit: 10) }.isEmpty)
        }
    }

    @Test("leaves out a detail that is too long, and says so")
    func long() {
        let draft = AuditDraft(
            who: "a", act: .endJob, subject: "job 1", detail: Array(repeating: 0x20, count: AuditDraft.detailMax + 1))
        #expect(String(decoding: draft.detail, as: UTF8.self) == #"{"omitted":"16385 bytes"}"#)
    }
}
