import BlobStore
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// Operations on one entry, on all the faces that show entries by path. The work is the same on each; how fields and
/// answers look is the face's.
extension Operation where Target == EntryName {
    /// GET and HEAD. What is in memory is answered on the event loop.
    /// - Parameter fields: adds the face's own fields.
    static func readEntry(
        by right: Right<EntryName>, fields: @escaping @Sendable (Entry, inout HTTPHeaders) -> Void
    ) -> Operation {
        .any(.GET, .HEAD, by: right) { target, call in
            try call.reading(target.inSite(call.permit.site), fields: fields)
        }
    }

    /// PUT, of an entry's content or of a whole log. Small content is taken in on the event loop.
    /// - Parameters:
    ///   - request: what the request asks for.
    ///   - answer: the face's own.
    static func writeEntry(
        by right: Right<EntryName>,
        request wanted: @escaping @Sendable (Call, EntryName) throws(LarderError) -> WriteRequest,
        answer: @escaping @Sendable (WriteResult) -> Answer
    ) -> Operation {
        .any(.PUT, by: right) { target, call in
            let ceiling = ContentCeiling(call.permit)
            try ceiling?.check(announced: call.request)
            let wanted = try wanted(call, target.inSite(call.permit.site))
            return try call.writing(wanted, ceiling, answer: answer)
        }
    }

    /// DELETE.
    /// - Parameter isMissingFine: whether deleting what is not there is as good as deleting.
    static func deleteEntry(by right: Right<EntryName>, isMissingFine: Bool) -> Operation {
        .task(.DELETE, by: right) { target, call, _ in
            let name = target.inSite(call.permit.site)
            let conditions = call.request.preconditions()
            let wasThere = try await call.server.blobs.delete(name, conditions: conditions)
            guard wasThere || isMissingFine else { throw LarderError.missing(name) }
            return Answer(.noContent)
        }
    }

    /// PATCH, with a merge patch (RFC 7396).
    static func patchEntry(
        by right: Right<EntryName>, answer: @escaping @Sendable (WriteResult) -> Answer
    ) -> Operation {
        .task(.PATCH, by: right) { target, call, body in
            try call.request.checkMergePatch()
            let conditions = try call.request.nativeConditions()
            // Patch and entry, and as much again for what is made of the two.
            let patch = try await body.collect(limit: BlobStore.patchMax, copies: 2)
            return answer(
                try await call.server.blobs.patch(
                    target.inSite(call.permit.site), patch, conditions: conditions
                ) { size in try body.hold(2 * (patch.count + size)) })
        }
    }
}

extension Call {
    /// Reads an entry; what is in memory is answered on the event loop.
    /// - Parameter fields: adds the face's own fields.
    func reading(_ name: EntryName, fields: @escaping @Sendable (Entry, inout HTTPHeaders) -> Void) throws -> Handling {
        @Sendable func answer(_ content: EntryContent) throws -> Answer {
            try EntryAnswer.make(content, for: request, now: server.blobs.now, permit.exposure) {
                fields(content.entry, &$0)
            }
        }
        if request.isQuickRead, let content = server.blobs.cachedContent(name),
            content.entry.size <= Answer.pieceSize
        {
            let answer = try answer(content)
            if answer.isImmediate {
                server.blobs.wasRead(name, content.entry)
                return .answer(answer)
            }
        }
        return .task { _ in try answer(try await entry(name)) }
    }

    /// Writes the body as an entry's content, or merges it into a log; small content is taken in on the event loop.
    /// - Parameters:
    ///   - ceiling: bytes of content that are taken whatever the rule allows; nil: as many as that.
    ///   - answer: the face's own.
    func writing(
        _ wanted: WriteRequest, _ ceiling: ContentCeiling?, answer: @escaping @Sendable (WriteResult) -> Answer
    ) throws -> Handling {
        let transfer = EntryTransfer(call: self, ceiling: ceiling)
        let server = server
        let task: Handling.Task = { body in answer(try await transfer.write(wanted, body)) }
        if request.isQuickWrite(limit: BlobStore.smallMax), server.blobs.takesSmall(wanted) {
            return .collect(
                limit: BlobStore.smallMax,
                take: { body, done in server.blobs.putSmall(wanted, body) { done($0.map(answer)) } }, fallback: task
            )
        }
        guard server.entries.logs.rule(wanted.name) == nil else {
            return .task { body in answer(try await transfer.merge(wanted, body)) }
        }
        return .task(task)
    }

    /// The entry with its content.
    /// - Parameter store: what has the name, where it may go by another one meanwhile.
    /// - Throws: `LarderError` `.notFound`.
    func entry(_ name: EntryName, of store: StoreHandle? = nil) async throws -> EntryContent {
        let content = try await server.entries.content(name, of: store) { entry in
            request.method == .HEAD
                || request.preconditions().evaluateRead(etag: entry.etag, modifiedAt: entry.modifiedAt) != .proceed
        }
        guard let content else { throw LarderError.missing(name) }
        server.blobs.wasRead(name, content.entry)
        return content
    }
}

extension EntryName {
    /// The same in the site that the request was let in for: a path of the native face names none.
    func inSite(_ site: SiteID) -> EntryName { EntryName(site: site, store: store, key: key) }
}

extension RequestHead {
    /// - Throws: `LarderError` `.unsupportedMediaType` when the body is no merge patch.
    func checkMergePatch() throws(LarderError) {
        let type = MediaType.essence(field("content-type") ?? "")
        guard type == "application/merge-patch+json" || type == MediaType.json else {
            throw LarderError(.unsupportedMediaType, "PATCH takes application/merge-patch+json (RFC 7396).")
        }
    }
}

extension LarderError {
    fileprivate static func missing(_ name: EntryName) -> LarderError {
        LarderError(.notFound, "There is no entry '\(name.key)' in the store '\(name.store)'.")
    }
}

extension Answer {
    /// Whether all of it is in memory.
    fileprivate var isImmediate: Bool {
        switch body {
        case .none, .bytes: true
        case .parts: false
        }
    }
}
