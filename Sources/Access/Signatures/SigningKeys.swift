package import LarderModel
import Disk
import Synchronization

/// Where the signing secrets come from: the current one and the older ones, as ``SecretKeeper`` has them; or the
/// environment, where they are not ours to change.
package final class SigningKeys: Sendable {
    /// Older keys count at most as long as the longest link.
    package static let keepOldDefault = Duration.seconds(24 * 3_600)
    package static let keepOldMax = Duration.seconds(30 * 86_400)

    package let signer: URLSigner
    /// nil: the secret is not ours.
    private let keeper: SecretKeeper?
    private let secrets: Mutex<SigningSecrets>
    private let clock: WallClock

    /// - Parameter environment: the secret that the environment gives; nil: the kept ones count.
    /// - Throws: `LarderError` naming what can't be used, or is too short.
    package init(_ keeper: SecretKeeper, environment: String?, clock: WallClock) async throws {
        let secrets: SigningSecrets
        if let environment {
            try SecretFile.check(environment, named: EnvironmentSecrets.signingVariable)
            self.keeper = nil
            secrets = SigningSecrets(current: environment)
        } else {
            guard let older = SigningSecrets.older(parsing: try await keeper.read(.olderSigningKeys) ?? "") else {
                throw LarderError(
                    .internalError,
                    "can't read \(keeper.place(.olderSigningKeys)): its lines are '<epoch ms> <hexadecimal>'; "
                        + "mend or remove it")
            }
            // A crash between the two files of a rotation leaves the current one among the older ones, too: that does
            // no harm.
            let current = try await keeper.read(.signingKey, orMake: Secrets.random)
            try await keeper.removeKeyFiles()
            secrets = SigningSecrets(current: current, older: older)
            self.keeper = keeper
        }
        self.clock = clock
        self.secrets = Mutex(secrets)
        signer = URLSigner(secrets, clock: clock, isShared: environment == nil && keeper.isShared)
    }

    /// From now on the keys count that the index has; those that the environment gives stay.
    func adopt(_ current: String, older text: String) {
        guard keeper != nil, let older = SigningSecrets.older(parsing: text) else { return }
        let kept = SigningSecrets(current: current, older: older)
        guard secrets.withLock({ $0.exchange(for: kept) }) else { return }
        signer.use(kept)
    }

    /// For tests: one secret, which is not kept.
    package init(secret: String, clock: WallClock) {
        keeper = nil
        self.clock = clock
        secrets = Mutex(SigningSecrets(current: secret))
        signer = URLSigner(secret: secret, clock: clock)
    }

    /// Signs with a new key from now on; where the index keeps the keys, once that was looked at again. The older keys
    /// are made durable first, so that no link is lost on the way.
    /// - Parameter keepOld: how long the present key counts; zero: it and all older ones are out at once.
    /// - Returns: until when the present key counts; nil: no longer.
    /// - Throws: `LarderError` `.conflict` where the environment gives the secret.
    func rotate(keepOld: Duration) async throws -> Timestamp? {
        guard let keeper else {
            throw LarderError(
                .conflict,
                "The signing secret comes from \(EnvironmentSecrets.signingVariable); change it there and start "
                    + "the server again."
            )
        }
        let clock = clock
        guard !keeper.isShared else {
            let next = try await keeper.replaceSigningKeys {
                try $0.rotated(to: Secrets.random(), keepOld: keepOld, at: clock.now())
            }
            return next.older.first?.validUntil
        }
        return try await keeper.inTurn(.signingKey) {
            let next = try secrets.withLock { $0 }.rotated(to: Secrets.random(), keepOld: keepOld, at: clock.now())
            try await keeper.replace([(.olderSigningKeys, next.olderText), (.signingKey, next.current)])
            secrets.withLock { $0 = next }
            signer.use(next)
            return next.older.first?.validUntil
        }
    }
}

extension SigningSecrets {
    /// - Returns: whether they are others now.
    fileprivate mutating func exchange(for new: SigningSecrets) -> Bool {
        defer { self = new }
        return self != new
    }
}
