import Glibc

/// Secrets that whoever starts the server gives in its environment.
enum EnvironmentSecrets {
    static let signingVariable = "LARDER_SIGNING_SECRET"

    /// nil: not set, or empty.
    static var signingSecret: String? {
        getenv(signingVariable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
