import BlobStore
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Logs

/// GET, HEAD, PUT, PATCH and DELETE of one entry, on the faces that show entries by path.
struct EntryService {
    let context: ServerContext

    /// What a request may do with an entry.
    struct Grant: Sendable {
        /// With the site that the token belongs to (native face).
        var name: EntryName
        var exposure = Exposure.token
        /// Bytes of content that a signature lets in; nil: as many as the rule allows.
        var maxSize: Int64?
    }

    /// Lets the request touch the entry: by signature where it carries one (Netlify edge), else by token.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`, `.entryTooLarge` when more is announced than a signature
    ///   lets in.
    func authorize(_ face: EntryFace, _ name: EntryName, _ request: RequestHead) throws(LarderError) -> Grant {
        let isRead = request.method == .GET || request.method == .HEAD
        switch face {
        case .netlify:
            if let signature = try context.signature(request) {
                if let maxSize = signature.maxSize, let length = request.contentLength, length > maxSize {
                    throw Self.overSigned(maxSize)
                }
                return Grant(name: name, exposure: .signature, maxSize: signature.maxSize)
            }
            try context.authorize(request, isRead ? .read : .write, site: name.site, store: name.store)
            return Grant(name: name)
        case .native:
            let (site, exposure) =
                isRead
                ? try context.authorizeRead(request, name.store)
                : (try context.authorizeStore(request, .write, name.store).0, .token)
            return Grant(name: EntryName(site: site, store: name.store, key: name.key), exposure: exposure)
        case .public:
            guard isRead else { throw LarderError(.methodNotAllowed, "This path is for reading: GET and HEAD.") }
            if try context.signature(request) != nil { return Grant(name: name, exposure: .signature) }
            let policies = context.store.policies, policy = policies.policy(for: name.store)
            if policy.isPublic {
                return Grant(
                    name: name,
                    exposure: .everybody(policies.rule(for: name.key, in: policy).cacheControl ?? policy.cacheControl))
            }
            guard let visitor = try SessionCookie.principal(request, context) else {
                throw LarderError(
                    .forbidden, "The store '\(name.store)' is not public; a signed URL opens one entry of it.")
            }
            try visitor.check(.read, site: name.site, store: name.store)
            return Grant(name: name)
        }
    }

    func answer(_ face: EntryFace, _ name: EntryName, _ request: RequestHead, _ body: IncomingBody) async throws
        -> Answer
    {
        let grant = try authorize(face, name, request)
        let name = grant.name
        switch (request.method, face) {
        case (.GET, _), (.HEAD, _):
            guard let content = try await context.entries.content(name) else { throw Self.missing(name) }
            return try read(face, content, request, grant.exposure)
        case (.PUT, _) where context.entries.logs.rule(name) != nil:
            return face.writeAnswer(try await merge(face, grant, request, body))
        case (.PUT, _): return face.writeAnswer(try await write(face, grant, request, body))
        case (.DELETE, .netlify):
            _ = try await context.store.delete(name, conditions: try request.preconditions())
            return Answer(.noContent)
        case (.DELETE, _):
            guard try await context.store.delete(name, conditions: try request.preconditions()) else {
                throw Self.missing(name)
            }
            return Answer(.noContent)
        case (.PATCH, .native): return try await patch(name, request, body)
        default:
            throw Self.wrongMethod(
                request, allowed: face == .native ? "GET, HEAD, PUT, PATCH, DELETE" : "GET, HEAD, PUT, DELETE")
        }
    }

    func read(_ face: EntryFace, _ content: EntryContent, _ request: RequestHead, _ exposure: Exposure) throws -> Answer
    {
        try EntryAnswer.make(content, for: request, exposure) { face.addFields(content.entry, to: &$0) }
    }

    // MARK: Writing

    private func write(_ face: EntryFace, _ grant: Grant, _ request: RequestHead, _ body: IncomingBody) async throws
        -> WriteResult
    {
        var wanted = try face.writeRequest(request, grant.name)
        let isGzip = try isGzip(request)
        if isGzip { wanted.declaredSize = nil }
        let writer = try context.store.beginWrite(wanted)
        do {
            var received: Int64 = 0
            try await receive(body, isGzip: isGzip) { piece in
                received += Int64(piece.readableBytes)
                if let maxSize = grant.maxSize, received > maxSize { throw Self.overSigned(maxSize) }
                try await writer.append(piece)
            }
            return try await writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
    }

    /// A whole-array write to a log. The array is held in memory: at most twice what the log may keep.
    private func merge(_ face: EntryFace, _ grant: Grant, _ request: RequestHead, _ body: IncomingBody) async throws
        -> WriteResult
    {
        let name = grant.name
        let wanted = try face.writeRequest(request, name)
        guard case .never = wanted.expiry else {
            throw LarderError(
                .malformedRequest, "A log has no TTL of its own; its store's policy says how long it is kept.")
        }
        let rule = context.entries.logs.rule(name)
        let kept = Int64(rule?.log?.maxEvents ?? 1) * ((rule?.maxSize.bytes ?? 0) + 1)
        let limit = min(LogService.arrayMax, Int(2 * kept + 1_000))
        var array: [UInt8] = []
        try await receive(body, isGzip: try isGzip(request)) { piece in
            if let maxSize = grant.maxSize, array.count + piece.readableBytes > maxSize {
                throw Self.overSigned(maxSize)
            }
            guard array.count + piece.readableBytes <= limit else {
                throw LarderError(
                    .entryTooLarge, "The array is larger than \(ByteCount(Int64(limit))), twice what this log may keep."
                )
            }
            array.append(contentsOf: piece.readableBytesView)
        }
        if let declared = wanted.declaredSize, try !isGzip(request), declared != Int64(array.count) {
            throw LarderError(
                .malformedRequest,
                "Content-Length announced \(declared) bytes, but \(array.count) came; nothing was stored.")
        }
        return try await context.entries.logs.merge(
            array, into: name, metadata: wanted.metadata, conditions: wanted.conditions)
    }

    /// Reads the body to its end, undoing gzip where it says so.
    private func receive(_ body: IncomingBody, isGzip: Bool, _ consume: (ByteBuffer) async throws -> Void) async throws
    {
        let inflater = isGzip ? Inflater(ratioMax: context.gate.limits.inflateRatio) : nil
        while let piece = try await body.next() {
            context.metrics.bytesIn.add(Int64(piece.readableBytes))
            if let inflater { try await inflater.take(piece, consume) } else { try await consume(piece) }
        }
        try inflater?.finish()
    }

    private func isGzip(_ request: RequestHead) throws(LarderError) -> Bool {
        switch request.field("content-encoding")?.lowercased() {
        case nil, "identity"?: return false
        case "gzip"?, "x-gzip"?: return true
        case let other?:
            throw LarderError(
                .unsupportedMediaType, "The content coding '\(other.prefix(40))' is not taken; send gzip or none.")
        }
    }

    private func patch(_ name: EntryName, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let type = MediaType.essence(request.field("content-type") ?? "")
        guard type == "application/merge-patch+json" || type == MediaType.json else {
            throw LarderError(.unsupportedMediaType, "PATCH takes application/merge-patch+json (RFC 7396).")
        }
        let conditions = try request.preconditions()
        let patch = try await body.collect(limit: BlobStore.patchMax)
        context.metrics.bytesIn.add(Int64(patch.count))
        return NativeEntry.writeAnswer(try await context.store.patch(name, patch, conditions: conditions))
    }

    // MARK: Refusals

    private static func overSigned(_ maxSize: Int64) -> LarderError {
        LarderError(
            .entryTooLarge,
            "The content is larger than the \(maxSize) bytes that this URL was signed for; nothing was stored.")
    }

    static func missing(_ name: EntryName) -> LarderError {
        LarderError(.notFound, "There is no entry '\(name.key)' in the store '\(name.store)'.")
    }

    static func wrongMethod(_ request: RequestHead, allowed: String) -> LarderError {
        LarderError(.methodNotAllowed, "\(request.method.rawValue) means nothing here; this path takes \(allowed).")
    }
}
