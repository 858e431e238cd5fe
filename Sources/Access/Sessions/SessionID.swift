import Index

/// Names a session: the hash of its secret.
package struct SessionID: Sendable, Hashable {
    let hash: [UInt8]

    init(secret: some StringProtocol) { hash = Authenticator.hash(secret) }
    init(hash: [UInt8]) { self.hash = hash }
    init(_ row: SessionRow) { hash = row.id }
}
