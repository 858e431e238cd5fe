package import Logging

/// The admin token of the installation.
package final class AdminToken: Sendable {
    private let keeper: SecretKeeper
    private let logger: Logger
    /// As it was at the start.
    let initial: String

    /// Reads the token; makes one where there is none.
    /// - Throws: `LarderError` for who starts the server.
    package init(_ keeper: SecretKeeper, logger: Logger) async throws {
        self.keeper = keeper
        self.logger = logger
        initial = try await keeper.read(.adminToken, orMake: Secrets.random)
        try await keeper.copy(adminToken: initial)
    }

    /// Puts a new token in the place of the old one, which is out of force when this returns; where the index keeps it,
    /// once that was looked at again. Rolls take turns, so that what is kept and the authenticator end with the same
    /// token.
    /// - Returns: the new token.
    func roll(_ authenticator: Authenticator) async throws -> String {
        try await keeper.inTurn(.adminToken) {
            let token = Secrets.random()
            try await keeper.replace([(.adminToken, token)])
            if !keeper.isShared { authenticator.replaceAdminToken(token) }
            return token
        }
    }

    /// Copies a new one to the data directory. It counts already, whatever becomes of the copy.
    func copy(_ token: String) async {
        do { try await keeper.copy(adminToken: token) } catch {
            logger.error("the new admin token could not be copied to admin.token", metadata: ["cause": "\(error)"])
        }
    }
}
