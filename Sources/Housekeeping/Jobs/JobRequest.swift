import LarderModel

/// What a job is asked to do.
package enum JobRequest: Sendable {
    case cleanup(CleanupRequest)
    case collect(CollectRequest)
    case verify(VerifyRequest)
    case scrub(VerifyRequest)

    package var kind: JobKind {
        switch self {
        case .cleanup: .cleanup
        case .collect: .collect
        case .verify: .verify
        case .scrub: .scrub
        }
    }

    /// One job of a lane at a time. A dry run changes nothing, so it need not wait for a real one.
    var lane: String {
        isDryRun ? "cleanup, dry" : kind.rawValue
    }

    var isDryRun: Bool {
        if case .cleanup(let request) = self { request.dryRun } else { false }
    }

    var json: [UInt8] {
        get throws {
            switch self {
            case .cleanup(let request): try JobJSON.encode(request)
            case .collect(let request): try JobJSON.encode(request)
            case .verify(let request), .scrub(let request): try JobJSON.encode(request)
            }
        }
    }

    /// Reads a stored job's request back.
    /// - Throws: `LarderError` when a newer larder wrote it.
    package init(_ job: JobRecord) throws {
        switch JobKind(rawValue: job.kind) {
        case .cleanup: self = .cleanup(try JobJSON.decode(CleanupRequest.self, job.request))
        case .collect: self = .collect(try JobJSON.decode(CollectRequest.self, job.request))
        case .verify: self = .verify(try JobJSON.decode(VerifyRequest.self, job.request))
        case .scrub: self = .scrub(try JobJSON.decode(VerifyRequest.self, job.request))
        case nil: throw LarderError(.internalError, "This larder has no job called '\(job.kind)'.")
        }
    }
}
