import Index
import LarderModel
import NIOCore
import Objects

/// Many entries at once. Their contents are staged while they come, and nothing of them is to be seen until one
/// transaction names them all.
extension BlobStore {
    /// Stages an entry's content: what is small stays in memory, what is large is made durable outside of the index.
    /// Computes as long as compressing takes: not for event loops.
    /// - Throws: `LarderError` `.entryTooLarge`, `.conflict` for a log, `.diskFull`, `.readOnly`.
    package func stage(_ request: WriteRequest, _ content: [UInt8]) async throws -> BulkChange {
        if let refusal = index.readOnlyReason ?? index.pauseReason { throw refusal }
        try diskGuard.check()
        let (policy, limit) = try limits(request)
        try limit.check(Int64(content.count))
        let inlineMax = inlineMax(request.name)
        if content.count <= inlineMax {
            let staged = InlineObject.stage(
                content, contentType: request.entryContentType, compression: policy.compression)
            return BulkChange(.put(request, staged))
        }
        let writer = ObjectWriter(
            store: objects, contentType: request.entryContentType, compression: policy.compression,
            inlineMax: inlineMax)
        do {
            try await writer.append(ByteBuffer(bytes: content))
            return BulkChange(.put(request, try await writer.finish()))
        } catch { throw writeFailure(error) }
    }

    /// Commits them in one transaction, in their order.
    /// - Throws: `LarderError`: nothing is changed then.
    package func commit(_ changes: [BulkChange]) async throws {
        var changes = changes
        do {
            let strays = try await commit(&changes)
            await letGo(of: changes, andRemove: false)
            await removeLeft(strays)
        } catch {
            await letGo(of: changes, andRemove: true)
            throw error
        }
    }

    /// Lets go of what was staged and will not be committed.
    package func abandon(_ changes: [BulkChange]) async { await letGo(of: changes, andRemove: true) }

    private func letGo(of changes: [BulkChange], andRemove: Bool) async {
        var strays: [ObjectLocator] = []
        for case .put(_, let staged) in changes.lazy.map(\.kind) {
            if case .stored(let locator, _) = staged.content { strays.append(locator) }
            staged.releaseClaim()
        }
        if andRemove { await removeLeft(strays) }
    }

    /// A change of a bulk that has to come in another form.
    private struct OtherForm: Error {
        let place: Int
        /// nil: as it is, in memory.
        let encoding: Encoding?
    }

    /// - Returns: objects that the rows do not name any more.
    private func commit(_ changes: inout [BulkChange]) async throws -> [ObjectLocator] {
        var forms: [Int: Int] = [:]
        var unread = 0
        while true {
            do { return try await commitOnce(changes) } catch is UnreadContent {
                unread += 1
                guard unread < Self.attemptsMax else { throw Self.overtaken }
            } catch let other as OtherForm {
                guard case .put(let request, let staged) = changes[other.place].kind,
                    forms[other.place, default: 0] < Self.formsMax
                else { throw Self.keptOtherwise }
                forms[other.place, default: 0] += 1
                let made =
                    if let encoding = other.encoding { try await recode(staged, to: encoding) } else {
                        try await readWhole(staged)
                    }
                await letGo(of: [changes[other.place]], andRemove: false)
                changes[other.place] = BulkChange(.put(request, made))
            }
        }
    }

    private func commitOnce(_ changes: [BulkChange]) async throws -> [ObjectLocator] {
        var preparations: [Int: [any Sendable]] = [:]
        for (place, one) in changes.enumerated() {
            guard case .put(let request, let staged) = one.kind, !watchers(preparing: request.name).isEmpty else {
                continue
            }
            preparations[place] = try await prepare(request, draft(request, staged), staged)
        }
        let prepared = preparations
        let foresight = changes.compactMap { one -> Foresight? in
            guard case .put(let request, let staged) = one.kind else { return nil }
            return Foresight(request.name, digest: staged.digest)
        }
        let puts = try await change(foreseeing: foresight) { [self] transaction in
            defer { transaction.preparations = [] }
            var puts: [IndexTransaction.PutResult?] = []
            puts.reserveCapacity(changes.count)
            for (place, one) in changes.enumerated() {
                switch one.kind {
                case .other(let change):
                    try change(transaction)
                    puts.append(nil)
                case .put(let request, let staged):
                    transaction.preparations = prepared[place] ?? []
                    puts.append(try put(request, staged, at: place, transaction))
                }
            }
            return puts
        }
        var strays: [ObjectLocator] = []
        for (one, put) in zip(changes, puts) {
            guard let put, case .put(_, let staged) = one.kind else { continue }
            count(put, staged)
            strays += Self.strays(put, staged)
        }
        return strays
    }

    private func put(_ request: WriteRequest, _ staged: StagedObject, at place: Int, _ transaction: IndexTransaction)
        throws -> IndexTransaction.PutResult
    {
        do { return try transaction.put(request.name, draft(request, staged), Self.object(staged)) } catch let kept
            as IndexTransaction.KeptOtherwise
        {
            throw OtherForm(place: place, encoding: kept.encoding)
        } catch is ContentNeeded {
            throw OtherForm(place: place, encoding: nil)
        }
    }
}
