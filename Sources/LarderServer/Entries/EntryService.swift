import BlobStore
import LarderModel
import NIOCore
import NIOHTTP1
import ObjectFiles

/// GET, HEAD, PUT, PATCH and DELETE of one entry, on the faces that show entries by path.
struct EntryService {
    let context: ServerContext

    /// Lets the request touch the entry: by signature where it carries one (Netlify edge), else by token.
    /// - Returns: the name with the site that the token belongs to (native face).
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func authorize(_ face: EntryFace, _ name: EntryName, _ request: RequestHead) throws(LarderError) -> EntryName {
        let isRead = request.method == .GET || request.method == .HEAD
        switch face {
        case .netlify:
            if !request.query.isEmpty, let sig = try request.queryText("sig"), let exp = try request.queryText("exp") {
                let signedMethod = try request.queryText("method") ?? ""
                try context.signer.check(method: request.method.rawValue, path: String(request.path), exp: exp, signedMethod: signedMethod, sig: sig)
                return name
            }
            try context.authorize(request, isRead ? .read : .write, site: name.site, store: name.store)
            return name
        case .native:
            let principal = try context.principal(request)
            let site = try NativeSite.asked(request) ?? principal.site ?? .default
            try principal.check(isRead ? .read : .write, site: site, store: name.store)
            return EntryName(site: site, store: name.store, key: name.key)
        }
    }

    func answer(_ face: EntryFace, _ name: EntryName, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let name = try authorize(face, name, request)
        switch (request.method, face) {
        case (.GET, _), (.HEAD, _):
            guard let content = try await context.store.content(name) else { throw Self.missing(name) }
            return try read(face, content, request)
        case (.PUT, _): return face.writeAnswer(try await write(face, name, request, body))
        case (.DELETE, .netlify):
            _ = try await context.store.delete(name, conditions: try request.preconditions())
            return Answer(.noContent)
        case (.DELETE, .native):
            guard try await context.store.delete(name, conditions: try request.preconditions()) else { throw Self.missing(name) }
            return Answer(.noContent)
        case (.PATCH, .native): return try await patch(name, request, body)
        default: throw Self.wrongMethod(request, allowed: face == .native ? "GET, HEAD, PUT, PATCH, DELETE" : "GET, HEAD, PUT, DELETE")
        }
    }

    func read(_ face: EntryFace, _ content: EntryContent, _ request: RequestHead) throws -> Answer {
        try EntryAnswer.make(content, for: request) { face.addFields(content.entry, to: &$0) }
    }

    // MARK: Writing

    private func write(_ face: EntryFace, _ name: EntryName, _ request: RequestHead, _ body: IncomingBody) async throws -> WriteResult {
        var wanted = try face.writeRequest(request, name)
        let isGzip = try isGzip(request)
        if isGzip { wanted.declaredSize = nil }
        let writer = try context.store.beginWrite(wanted)
        do {
            if isGzip {
                let inflater = Inflater(pool: context.store.objects.pool)
                while let piece = try await body.next() {
                    context.metrics.bytesIn.add(Int64(piece.readableBytes))
                    try await inflater.take(piece) { try await writer.append($0) }
                }
                try inflater.finish()
            } else {
                while let piece = try await body.next() {
                    context.metrics.bytesIn.add(Int64(piece.readableBytes))
                    try await writer.append(piece)
                }
            }
            return try await writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
    }

    private func isGzip(_ request: RequestHead) throws(LarderError) -> Bool {
        switch request.field("content-encoding")?.lowercased() {
        case nil, "identity"?: return false
        case "gzip"?, "x-gzip"?: return true
        case let other?: throw LarderError(.unsupportedMediaType, "The content coding '\(other.prefix(40))' is not taken; send gzip or none.")
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

    static func missing(_ name: EntryName) -> LarderError {
        LarderError(.notFound, "There is no entry '\(name.key)' in the store '\(name.store)'.")
    }

    static func wrongMethod(_ request: RequestHead, allowed: String) -> LarderError {
        LarderError(.methodNotAllowed, "\(request.method.rawValue) means nothing here; this path takes \(allowed).")
    }
}
