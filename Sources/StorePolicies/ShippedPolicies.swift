/// The policies that the binary carries: the repository's `Stores/*.yaml`, as they were when it was built.
package enum ShippedPolicies {
    /// Name and text of each file, in order of their names. SwiftPM embeds what the links in `Shipped/` point to.
    package static func files() -> [(name: String, text: String)] {
        [
            ("agents", PackageResources.agents_yaml),
            ("audio", PackageResources.audio_yaml),
            ("conversations", PackageResources.conversations_yaml),
            ("default", PackageResources.default_yaml),
            ("evals", PackageResources.evals_yaml),
            ("media", PackageResources.media_yaml),
            ("memory", PackageResources.memory_yaml),
            ("progress", PackageResources.progress_yaml),
            ("runs", PackageResources.runs_yaml),
            ("sessions", PackageResources.sessions_yaml),
            ("vaults", PackageResources.vaults_yaml),
            ("videos", PackageResources.videos_yaml),
        ].map { (name: "Stores/\($0.0).yaml", text: String(decoding: $0.1, as: UTF8.self)) }
    }
}
