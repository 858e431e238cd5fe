import Access
import BlobStore
import LarderHTTP
import LarderModel
import Logging
import NIOHTTP1

/// Takes each request to its face, once: the route is found once, who asks is found out once, the right is judged once.
struct FaceResponder: HTTPResponder {
    let faces: FaceTable
    let server: ServerContext

    func exchange(for request: RequestHead) -> Exchange { exchange(for: request, Findings()) }

    /// - Parameter findings: what was asked of the index for it.
    private func exchange(for request: RequestHead, _ findings: Findings) -> Exchange {
        var visit = Visit(request, server)
        do {
            let (place, rest) = try faces.place(of: request.path)
            visit.place = place
            if let preflight = place.route.crossOrigin.preflight(request, server.cors) {
                return Exchange(faces.other, .task { _ in preflight })
            }
            try checkTarget(request)
            let resource = try place.resource(rest, request)
            visit.resource = resource
            let caller = Caller(request, server, place.route.credentials, findings)
            visit.limiter = caller.limiter
            if let refusal = caller.limiter?.admit() { throw TooSoon(refusal: refusal) }
            let (permit, handling) = try resource.begin(caller)
            visit.grounds = permit.grounds
            return Exchange(place.label, visit.way(handling))
        } catch {
            if let unknown = (error as? LarderError)?.unknown, let find = lookUp(unknown, findings) {
                return later(visit, find)
            }
            return refused(visit, error)
        }
    }

    private func refused(_ visit: Visit, _ error: any Error) -> Exchange {
        let label = visit.resource == nil ? faces.other : visit.place?.label ?? faces.other
        let answer = visit.failure(error)
        // What follows of a body is passed over by a task, so that the refusal reaches a client that still sends.
        return Exchange(label, visit.request.wantsEventStream ? .answer(answer) : .task { _ in answer })
    }

    // MARK: What the index may know

    /// Judges the request once more behind a look in the index.
    private func later(_ visit: Visit, _ find: @escaping @Sendable () async throws -> Findings) -> Exchange {
        Exchange(
            faces.other,
            .later {
                do { return exchange(for: visit.request, try await find()) } catch { return refused(visit, error) }
            })
    }

    /// Asks the index for what is not known here; nil: it was asked.
    private func lookUp(_ unknown: LarderError.Unknown, _ findings: Findings)
        -> (@Sendable () async throws -> Findings)?
    {
        switch unknown {
        case .token, .session, .signature:
            guard !findings.hasAccess else { return nil }
            return { [access = server.access] in
                try await access.refresh()
                var findings = findings
                findings.hasAccess = true
                return findings
            }
        case .namespace(let id):
            guard findings.namespace == nil else { return nil }
            return { [namespaces = server.namespaces] in
                var findings = findings
                findings.namespace = .some(try await namespaces.current(id))
                return findings
            }
        }
    }

    func exchange(for request: RequestHead, refusing fault: LarderError) -> Exchange {
        var visit = Visit(request, server)
        visit.place = try? faces.place(of: request.path).0
        return Exchange(visit.place?.label ?? faces.other, .answer(visit.failure(fault)))
    }

    private func checkTarget(_ request: RequestHead) throws(LarderError) {
        let targetMax = server.gate.limits.url
        guard request.targetSize <= targetMax.bytes else {
            throw LarderError(
                .targetTooLong, "The request target is longer than \(targetMax), the limit here.", limit: .url)
        }
    }

    func refusal(_ error: LarderError) -> Answer { ErrorShape.json.answer(error, true) }

    func finished(_ exchange: FinishedExchange) {
        let request = exchange.request
        if let failure = exchange.failure {
            server.gate.refused(failure.limit)
            return server.log(failure, of: request)
        }
        server.metrics.observe(
            exchange.label, request.method, exchange.status, exchange.duration, bytesOut: exchange.bytesOut)
        guard !exchange.isOnLoop else { return server.metrics.fastPath.add() }
        server.logger.debug(
            "request",
            metadata: [
                "id": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.path.prefix(200))",
                "client": "\(request.client.map(\.description) ?? "-")", "status": "\(exchange.status.code)",
                "ms": "\(Int(exchange.duration.seconds * 1000))",
            ])
    }
}
