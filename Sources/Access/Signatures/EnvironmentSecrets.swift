import Glibc

/// Secrets that whoever starts the server gives in its environment.
package enum EnvironmentSecrets {
    package static let signingVariable = "LARDER_SIGNING_SECRET"

    /// nil: not set, or empty.
    package static var signingSecret: String? {
        getenv(signingVariable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
