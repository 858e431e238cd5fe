import Index
import LarderModel

/// What the index has of access: tokens, secrets and sessions of one state.
struct AccessRows: Sendable {
    /// Differs from that of every state before; empty: nothing was ever changed.
    let generation: [UInt8]
    let tokens: [Token]
    let sessions: [SessionRow]
    /// nil where the index does not keep them.
    let adminToken, signingKey, olderSigningKeys: String?

    /// - Parameter known: the generation that is known already.
    /// - Returns: nil when that is the present one.
    init?(_ reader: IndexReader, unless known: [UInt8]?) throws {
        generation = try reader.fact(.access) ?? []
        guard generation != known else { return nil }
        tokens = try reader.tokens()
        sessions = try reader.sessions()
        func secret(_ fact: IndexFact) throws -> String? {
            try reader.fact(fact).map { String(decoding: $0, as: UTF8.self) }
        }
        adminToken = try secret(.adminToken)
        signingKey = try secret(.signingKey)
        olderSigningKeys = try secret(.olderSigningKeys)
    }
}
