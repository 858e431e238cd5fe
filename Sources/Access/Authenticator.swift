import struct Crypto.SHA256
import LarderModel

/// Turns a bearer token into a ``Principal``. Keeps only hashes of tokens.
package final class Authenticator: Sendable {
    private let adminHash: [UInt8]
    private let isOpen: Bool

    /// - Parameters:
    ///   - adminToken: the text of `admin.token`.
    ///   - isOpen: whether everybody is an admin (`--no-auth`, on loopback only).
    package init(adminToken: String, isOpen: Bool = false) {
        adminHash = Self.hash(adminToken)
        self.isOpen = isOpen
    }

    /// - Parameter authorization: the `Authorization` field; nil: there was none.
    /// - Throws: `LarderError` `.unauthorized`.
    package func principal(authorization: String?) throws(LarderError) -> Principal {
        if isOpen { return .admin }
        guard let authorization else {
            throw LarderError(.unauthorized, "A token is needed: Authorization: Bearer <token>. The first one is in <data>/admin.token.")
        }
        guard authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
            throw LarderError(.unauthorized, "The Authorization field must be 'Bearer <token>'.")
        }
        let presented = Self.hash(authorization.dropFirst(7).drop { $0 == " " })
        guard equalInConstantTime(presented, adminHash) else { throw LarderError(.unauthorized, "This token is not valid here.") }
        return .admin
    }

    private static func hash(_ token: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}

/// Compares without telling by its time where the first difference lies. Lengths may be told.
package func equalInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for i in a.indices { difference |= a[i] ^ b[i] }
    return difference == 0
}
