import Access
import BlobStore
import LarderModel
import Testing

@testable import Disk
@testable import LarderServer

@Suite("A revocation that can't be written down")
struct RevocationTests {
    @Test("is in force all the same, and the answer says that a restart would end it")
    func memoryFirst() async throws {
        try await Bench.with { bench async throws in
            let access = bench.context.access
            let (token, secret) = try await access.tokens.create(
                scopes: [.read], site: nil, stores: nil, note: "", lifetime: nil, limit: .none, by: "test")
            #expect(throws: Never.self) { try access.authenticator.principal(secret: secret) }
            let failure = FileSystem.Failure(call: "fsync", path: "index", errno: 5)
            _ = bench.store.writeFailure(FileSystem.SyncFailure(failure: failure))
            let error = await #expect(throws: LarderError.self) {
                try await access.tokens.revoke(token.id, by: "test")
            }
            #expect(error?.code == .readOnly)
            #expect(error?.message.contains("restarted") == true)
            let after = #expect(throws: LarderError.self) { try access.authenticator.principal(secret: secret) }
            #expect(after?.code == .unauthorized)
        }
    }

    @Test("Secrets are not replaced once writing has ended: nobody would know which of them counts")
    func secrets() async throws {
        try await Bench.with { bench async throws in
            let access = bench.context.access
            let failure = FileSystem.Failure(call: "fsync", path: "index", errno: 5)
            _ = bench.store.writeFailure(FileSystem.SyncFailure(failure: failure))
            let error = await #expect(throws: LarderError.self) { try await access.rollAdminToken(by: "test") }
            #expect(error?.code == .readOnly)
            #expect(throws: Never.self) { try access.authenticator.principal(secret: Bench.token) }
        }
    }
}
