import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// Decides from a head alone whether a request can be answered without a task, and how. Uses the same faces as the slow
/// way: it only skips the waiting.
struct FastPath {
    let context: ServerContext

    /// A small write that is being taken in.
    struct Write: Sendable {
        let request: RequestHead
        let entryFace: EntryFace
        let face: RequestMetrics.Face
        let wanted: WriteRequest
        let limiter: RateLimiter?
    }

    enum Decision {
        case answer(Answer, RequestMetrics.Face)
        case write(Write)
        /// An event stream; answered here from beginning to end.
        case follow(RunStream.Subject, after: Int64?, fields: HTTPHeaders)
        /// The task is to do it.
        case pass
    }

    /// A cheap first look. HTTP/1.1, kept alive, and a method that may be quick.
    func isCandidate(_ head: RequestHead) -> Bool {
        guard head.isModern else { return false }
        if isStream(head) { return true }
        switch head.method {
        case .GET, .HEAD:
            return !head.headers.contains(name: "content-length") && !head.headers.contains(name: "transfer-encoding")
                && head.isKeepAlive
        case .PUT:
            guard let length = head.headers.first(name: "content-length").flatMap({ Int($0) }),
                length <= BlobStore.smallMax
            else { return false }
            return !head.headers.contains(name: "expect") && !head.headers.contains(name: "content-encoding")
                && !head.headers.contains(name: "transfer-encoding") && head.isKeepAlive
        default: return false
        }
    }

    /// Whether the client asks for an event stream, of whatever.
    func isStream(_ head: RequestHead) -> Bool {
        head.method == .GET && head.isModern && !head.headers.contains(name: "content-length")
            && !head.headers.contains(name: "transfer-encoding")
            && head.headers.first(name: "accept")?.contains("text/event-stream") ?? false
    }

    /// Anything unusual, every refusal included, is left to the task.
    func decide(_ request: RequestHead) -> Decision {
        guard request.targetSize <= context.gate.limits.url.bytes else { return .pass }
        if case .progress(let wanted)? = try? Router.route(request) {
            guard isStream(request) else { return .pass }
            return follow(wanted, request)
        }
        guard let route = try? Router.route(request), case .entry(let face, let routed) = route,
            let grant = try? EntryService(context: context).authorize(face, routed, request)
        else { return .pass }
        let limiter = context.limiter(request)
        if let limiter, limiter.isExhausted { return .pass }
        if request.method == .PUT {
            guard let wanted = try? face.writeRequest(request, grant.name), context.store.takesSmall(wanted) else {
                return .pass
            }
            return .write(
                Write(
                    request: request, entryFace: face, face: route.face, wanted: wanted, limiter: limiter))
        }
        guard let content = context.store.cachedContent(grant.name),
            var answer = try? EntryService(context: context).read(face, content, request, grant.exposure),
            answer.isImmediate
        else { return .pass }
        context.cors.addFields(request, to: &answer.headers)
        limiter?.spendRequest()
        limiter?.spend(bytes: answer.sentBytes)
        return .answer(answer, route.face)
    }

    private func follow(_ wanted: ProgressRoute, _ request: RequestHead) -> Decision {
        var fields = wanted.extraFields
        context.cors.addFields(request, to: &fields)
        var answer: Answer
        if let refusal = context.limiter(request)?.admit() {
            answer = context.refuse(refusal, .progress)
        } else {
            do {
                let (subject, after) = try StreamRequest(context: context).parse(wanted, request)
                return .follow(subject, after: after, fields: fields)
            } catch { answer = Responder(context: context).failure(error, request, .progress) }
        }
        answer.headers.add(contentsOf: fields)
        return .answer(answer, .progress)
    }

    /// Hands a write to the index's writer.
    /// - Returns: false when it has to go to the task after all.
    func start(_ write: Write, _ body: ByteBuffer, done: @escaping @Sendable (Answer) -> Void) -> Bool {
        let context = context
        context.metrics.bytesIn.add(Int64(body.readableBytes))
        let isTaken = context.store.putSmall(write.wanted, body) { result in
            var answer =
                switch result {
                case .success(let result): write.entryFace.writeAnswer(result)
                case .failure(let error): Responder(context: context).failure(error, write.request, write.face)
                }
            context.cors.addFields(write.request, to: &answer.headers)
            done(answer)
        }
        if isTaken {
            write.limiter?.spendRequest()
            write.limiter?.spend(bytes: Int64(body.readableBytes))
        }
        return isTaken
    }
}

extension Answer {
    /// Whether all of it is in memory.
    fileprivate var isImmediate: Bool {
        switch body {
        case .none, .bytes: true
        case .parts, .stream: false
        }
    }
}
