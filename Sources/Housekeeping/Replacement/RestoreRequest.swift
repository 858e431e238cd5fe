/// Which snapshot the server is to be set back to.
package struct RestoreRequest: Sendable, Hashable, Codable {
    /// Its ID or name, or `latest`.
    package var id: String
    /// The address of its repository; nil: the server's own.
    package var to: String?

    package init(id: String, to: String? = nil) {
        self.id = id
        self.to = to
    }
}

/// That the state before the last restore is not wanted any more.
package struct DiscardRequest: Sendable, Hashable, Codable {}
