package import LarderModel

/// One kind of long work: all that the runner, the faces and the history know of it. Another kind is a file with such a
/// value and the making of its requests, and a line in ``all``.
package struct JobKind: Sendable {
    package static let all: [JobKind] = [
        .cleanup, .collect, .verify, .scrub, .storeRemoval, .backup, .backupVerify, .restore, .discardBefore, .indexing,
    ]

    /// In paths, records and messages.
    package let name: String
    /// Whether `POST /v1/admin/{name}` begins it; the others begin only by themselves.
    package let isOffered: Bool
    private let title: @Sendable ([UInt8]) throws -> String
    private let read: @Sendable (JobOrder) async throws -> JobRequest
    private let restore: @Sendable ([UInt8]) throws -> JobRequest

    /// - Parameters:
    ///   - title: its name for people.
    ///   - make: makes the job's request of what the kind itself understands.
    ///   - read: reads what a POST asks for; nil: nobody may ask.
    init<Wanted: Codable & Sendable>(
        _ name: String, title: @escaping @Sendable (Wanted) -> String,
        _ make: @escaping @Sendable (Wanted) -> JobRequest,
        read: (@Sendable (JobOrder) async throws -> Wanted)?
    ) {
        self.name = name
        isOffered = read != nil
        self.read = { order in
            guard let read else { throw LarderError(.notFound, "A \(name) begins only by itself.") }
            return make(try await read(order))
        }
        self.title = { title(try JobJSON.decode(Wanted.self, $0)) }
        restore = { make(try JobJSON.decode(Wanted.self, $0)) }
    }

    /// Reads what a POST asks for.
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest` and others that the kind has.
    func request(_ order: JobOrder) async throws -> JobRequest { try await read(order) }

    /// What people call a job; the name of its kind where a newer larder made it.
    package static func title(of job: JobRecord) -> String {
        (try? all.first { $0.name == job.kind }?.title(job.request)) ?? job.kind
    }

    /// Reads a stored job's request back.
    /// - Throws: `LarderError` when a newer larder wrote it.
    static func request(of job: JobRecord) throws -> JobRequest {
        guard let kind = all.first(where: { $0.name == job.kind }) else {
            throw LarderError(.internalError, "This larder has no job called '\(job.kind)'.")
        }
        return try kind.restore(job.request)
    }
}
