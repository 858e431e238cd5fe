import Access
import BlobStore
import LarderHTTP
import LarderModel
import Logging
import NIOCore
import NIOHTTP1

/// A request on its way to its answer: what all answers to it have in common, errors included.
struct Visit: Sendable {
    let request: RequestHead
    let server: ServerContext
    /// The route that took its path; nil: none.
    var place: FaceTable.Place?
    /// What its path names; nil: nothing.
    var resource: Resource?
    /// What holds its token to its rate; nil: nothing does.
    var limiter: RateLimiter?
    /// On what grounds it was let in.
    var grounds = Grounds.everybody

    init(_ request: RequestHead, _ server: ServerContext) {
        self.request = request
        self.server = server
    }

    /// How the wire serves it.
    func way(_ handling: Handling) -> Exchange.Way {
        switch handling {
        case .answer(let answer):
            let answer = finished(answer)
            limiter?.spend(bytes: answer.sentBytes)
            return .answer(answer)
        case .collect(let limit, let take, let fallback):
            return .collect(limit: limit, take: counted(take), fallback: task(fallback))
        case .follow(let isAllowed, let source):
            let fields = fields
            return .follow(isAllowed: isAllowed) { stream in source(stream, fields) }
        case .task(let work): return .task(task(work))
        }
    }

    private func counted(_ take: @escaping Handling.Take) -> Exchange.Take {
        { body, done in
            if let error = rightEnded() {
                done(failure(error))
                return true
            }
            let isTaken = take(body) { result in
                switch result {
                case .success(let answer): done(finished(answer))
                case .failure(let error): done(failure(error))
                }
            }
            if isTaken { received(Int64(body.readableBytes)) }
            return isTaken
        }
    }

    /// Bytes of the body came.
    private func received(_ bytes: Int64) {
        server.metrics.bytesIn.add(bytes)
        limiter?.spend(bytes: bytes)
    }

    private func task(_ work: @escaping Handling.Task) -> Exchange.Task {
        { body in
            body.count = { received($0) }
            body.refusalAtEnd = rightEnded
            do {
                let answer = finished(held(try counted(try await work(body))))
                limiter?.spend(bytes: answer.sentBytes)
                return answer
            } catch { return failure(error) }
        }
    }

    // MARK: A right that ends while the request is under way

    /// Why what has come of the body is not to be used, when the right to send it has ended meanwhile. Asked when the
    /// body is whole and before anything of it is committed, at this one place for all faces.
    @Sendable private func rightEnded() -> LarderError? {
        guard server.access.standing(of: grounds) != .good else { return nil }
        if case .signature = grounds {
            return LarderError(.forbidden, "This signed URL ended before the body did; nothing was stored.")
        }
        return LarderError(.unauthorized, "This token's right ended before the body did; nothing was stored.")
    }

    /// The answer, whose content goes out only until somebody takes the right to it away; what began in time is not cut
    /// because time runs out.
    private func held(_ answer: Answer) -> Answer {
        if case .everybody = grounds { return answer }
        return answer.whileAllowed { [access = server.access, grounds] in access.standing(of: grounds) != .revoked }
    }

    /// Counts what was made whole for this answer. What answers a change goes out in any case: the change is done.
    private func counted(_ answer: Answer) throws(LarderError) -> Answer {
        guard request.method != .HEAD else { return answer }
        return try answer.counted(in: server.gate.buffers, mustGoOut: request.method != .GET)
    }

    /// An error as the face says it. Counted, and in the log where it is the server's own.
    func failure(_ error: any Error) -> Answer {
        let errors = place?.face.errors ?? .json
        if let error = error as? TooSoon {
            server.metrics.rateLimited[error.refusal.kind]?.add()
            return finished(error.answer(errors))
        }
        let error = LarderError.wrapping(error)
        server.gate.refused(error.limit)
        server.log(error, of: request)
        var answer = errors.answer(error, resource == nil)
        if error.code == .methodNotAllowed, let resource {
            answer.headers.add(name: "allow", value: resource.methods.map(\.rawValue).joined(separator: ", "))
        }
        return finished(answer)
    }

    /// The answer with the fields of its route, and without a body where HEAD asks: behind the head of a HEAD's answer
    /// it would be read as the next answer.
    private func finished(_ answer: Answer) -> Answer {
        var answer = request.method == .HEAD ? answer.withoutBody : answer
        place?.route.crossOrigin.addFields(request, server.cors, to: &answer.headers)
        return answer
    }

    /// The fields that its route adds.
    private var fields: HTTPHeaders {
        var fields = HTTPHeaders()
        place?.route.crossOrigin.addFields(request, server.cors, to: &fields)
        return fields
    }
}

extension ServerContext {
    /// A line for an error that is the server's own: 500 and above. While what it stands on is away the log says so
    /// once, and a request that is refused for it is worth no word at the usual level.
    func log(_ error: LarderError, of request: RequestHead) {
        guard ErrorTable.status(error.code).code >= 500 else { return }
        let isAway = blobs.awayReason != nil || blobs.objectTrouble != nil
        logger.log(
            level: error.code == .unavailable && isAway ? .debug : .error, "request failed",
            metadata: [
                "id": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.path.prefix(200))",
                "code": "\(error.code.rawValue)", "cause": "\(error.cause ?? error.message)",
            ])
    }
}
