package import Disk
package import LarderModel
import Synchronization

/// Where the signing secrets come from: `<data>/signing.key`, whose text is the current one, with the older ones beside
/// it; or the environment, where they are not ours to change.
package final class SigningKeys: Sendable {
    private struct Files {
        let current, older: SecretFile
    }

    /// Older keys count at most as long as the longest link.
    package static let keepOldDefault = Duration.seconds(24 * 3_600)
    package static let keepOldMax = Duration.seconds(30 * 86_400)

    package let signer: URLSigner
    private let files: Files?
    private let secrets: Mutex<SigningSecrets>
    private let clock: WallClock

    /// Blocks.
    /// - Parameter environment: the secret that the environment gives; nil: the files count.
    /// - Throws: `LarderError` naming what can't be used, or is too short.
    package init(_ directory: DataDirectory, environment: String?, clock: WallClock) throws(LarderError) {
        let secrets: SigningSecrets
        if let environment {
            try SecretFile.check(environment, named: EnvironmentSecrets.signingVariable)
            files = nil
            secrets = SigningSecrets(current: environment)
        } else {
            let files = Files(
                current: SecretFile(path: directory.signingKeyPath),
                older: SecretFile(path: directory.olderSigningKeysPath))
            guard let older = SigningSecrets.older(parsing: try files.older.read() ?? "") else {
                throw LarderError(
                    .internalError,
                    "can't read \(files.older.path): its lines are '<epoch ms> <hexadecimal>'; mend or remove it")
            }
            // A crash between the two files of a rotation leaves the current one among the older ones, too: that does
            // no harm.
            secrets = SigningSecrets(current: try files.current.read(orMake: Secrets.random), older: older)
            self.files = files
        }
        self.clock = clock
        self.secrets = Mutex(secrets)
        signer = URLSigner(secrets, clock: clock)
    }

    /// For tests: one secret, without files.
    package init(secret: String, clock: WallClock) {
        files = nil
        self.clock = clock
        secrets = Mutex(SigningSecrets(current: secret))
        signer = URLSigner(secret: secret, clock: clock)
    }

    /// Signs with a new key from now on. The older keys are made durable first, so that no link is lost on the way.
    /// Blocks.
    /// - Parameter keepOld: how long the present key counts; zero: it and all older ones are out at once.
    /// - Returns: until when the present key counts; nil: no longer.
    /// - Throws: `LarderError` `.conflict` where the environment gives the secret, `FileSystem.Failure`,
    ///   `FileSystem.SyncFailure`.
    func rotate(keepOld: Duration) throws -> Timestamp? {
        guard let files else {
            throw LarderError(
                .conflict,
                "The signing secret comes from \(EnvironmentSecrets.signingVariable); change it there and start "
                    + "the server again."
            )
        }
        return try secrets.withLock { secrets in
            let next = try secrets.rotated(to: Secrets.random(), keepOld: keepOld, at: clock.now())
            try files.older.replace(next.olderText)
            try files.current.replace(next.current)
            secrets = next
            signer.use(next)
            return next.older.first?.validUntil
        }
    }
}
