import LarderModel

/// What a collection is asked to do.
package struct CollectRequest: Sendable, Hashable, Codable {
    /// Seconds that an object must have been without a reference.
    package var graceSeconds: Int64
    /// Whether to compare every count and every file with reality, too.
    package var isFull: Bool

    package static let graceDefault = Duration.seconds(600)

    package init(grace: Duration = graceDefault, isFull: Bool = false) {
        graceSeconds = grace.components.seconds
        self.isFull = isFull
    }

    var grace: Duration { .seconds(graceSeconds) }

    /// Whether a stored job was a full collection.
    static func isFull(_ job: JobRecord) -> Bool {
        (try? JobJSON.decode(CollectRequest.self, job.request))?.isFull ?? false
    }
}
