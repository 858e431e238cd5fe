package import Index
package import LarderModel
import NIOCore
import Objects

extension BlobStore {
    /// How often a commit is tried that others overtake: they write the very entries that a watcher looks into, between
    /// its look and the commit. 100 times in a row is no accident.
    package static let attemptsMax = 100
    /// Forms that content is made over into: the second time it has the one that the index keeps.
    static let formsMax = 2

    /// Writes small content that is at hand, in the form in which it is.
    /// - Parameters:
    ///   - content: at most ``smallMax`` bytes.
    ///   - more: what belongs to the same transaction, behind the write; its rules are those of ``change(_:_:)``.
    /// - Throws: what ``EntryWriter/finish()`` does, and what `more` throws: nothing is written then.
    package func put<R: Sendable>(
        _ request: WriteRequest, _ content: [UInt8],
        and more: @escaping @Sendable (WriteResult, IndexTransaction) throws -> R
    ) async throws -> R {
        let (_, limit) = try limits(request)
        try limit.check(Int64(content.count))
        return try await commit(
            request, InlineObject.stage(content, contentType: request.entryContentType, compression: .never), and: more)
    }

    func commit(_ request: WriteRequest, _ staged: StagedObject) async throws -> WriteResult {
        try await commit(request, staged) { result, _ in result }
    }

    private func commit<R: Sendable>(
        _ request: WriteRequest, _ received: StagedObject,
        and more: @escaping @Sendable (WriteResult, IndexTransaction) throws -> R
    ) async throws -> R {
        var staged = received
        // What was placed and is not what the index keeps.
        var strays: [ObjectLocator] = []
        var forms = 0
        for _ in 0..<Self.attemptsMax {
            let draft = draft(request, staged), object = Self.object(staged)
            let preparations = try await prepare(request, draft, staged)
            let other: StagedObject
            do {
                let foresight = [Foresight(request.name, digest: staged.digest)]
                let (put, answer) = try await change(.whileThereIsRoom, foreseeing: foresight) { transaction in
                    transaction.preparations = preparations
                    defer { transaction.preparations = [] }
                    let put = try transaction.put(request.name, draft, object)
                    return (put, try more(WriteResult(entry: put.entry, isNew: put.isNew), transaction))
                }
                count(put, staged)
                strays += Self.strays(put, staged)
                staged.releaseClaim()
                await removeLeft(strays)
                return answer
            } catch is UnreadContent {
                continue
            } catch let kept as IndexTransaction.KeptOtherwise {
                guard forms < Self.formsMax else { throw Self.keptOtherwise }
                other = try await recode(staged, to: kept.encoding)
            } catch is ContentNeeded {
                guard forms < Self.formsMax else { throw Self.keptOtherwise }
                other = try await readWhole(staged)
            } catch let error as LarderError where error.code == .preconditionFailed {
                await letGo(of: staged)
                throw error
            }
            forms += 1
            if !staged.isKept, case .stored(let locator, _) = staged.content { strays.append(locator) }
            staged.releaseClaim()
            staged = other
        }
        throw Self.overtaken
    }

    /// Content that was placed and is known not to have been committed. In a place of its own nobody else can have come
    /// to name it, so it need not wait for a collection.
    private func letGo(of staged: StagedObject) async {
        guard !staged.isKept, case .stored(let locator, _) = staged.content, !locator.place.isEmpty else { return }
        staged.releaseClaim()
        await removeLeft([locator])
    }

    static var keptOtherwise: LarderError {
        LarderError(.unavailable, "The same content is being written in another form; try again in a moment.")
    }

    /// What a change hears that was overtaken ``attemptsMax`` times. Nothing was written.
    package static var overtaken: LarderError {
        LarderError(.conflict, "The entries that this write has to look into are written too often; try again.")
    }

    /// Lets the watchers of an entry read what their part in this write needs.
    func prepare(
        _ request: WriteRequest, _ draft: IndexTransaction.Draft, _ staged: StagedObject
    ) async throws -> [any Sendable] {
        let name = request.name
        let watchers = watchers(preparing: name)
        guard !watchers.isEmpty else { return [] }
        let now = now
        func entry(_ placement: Placement) -> Entry {
            Entry(
                key: name.key, placement: placement, size: staged.size, storedSize: staged.storedSize,
                encoding: staged.encoding, digest: staged.digest, etag: draft.etag, contentType: draft.contentType,
                metadata: draft.metadata, createdAt: now, modifiedAt: now, expiresAt: nil)
        }
        let content =
            switch staged.content {
            case .inline(let stored, _): EntryContent(entry(.inline), stored: ByteBuffer(bytes: stored))
            case .stored(let locator, _):
                EntryContent(entry(.file), try await objects.open(locator, size: staged.size))
            }
        var preparations: [any Sendable] = []
        for watcher in watchers { preparations.append(try await watcher.prepare(request, content, in: self)) }
        return preparations
    }

    // MARK: Other forms

    /// The index keeps this content itself, and what it keeps is damaged: thrown out of a transaction whose caller has
    /// the content elsewhere, to come again with it in memory.
    struct ContentNeeded: Error {}

    /// The index keeps this content in a file of the other form: makes ours over into that one, which also heals a
    /// damaged file. Ours may be in memory: for an entry that a watcher wants in the index, when others have it in a
    /// file.
    func recode(_ staged: StagedObject, to encoding: Encoding) async throws -> StagedObject {
        let writer = ObjectWriter(
            store: objects, contentType: MediaType.octetStream, compression: encoding == .gzip ? .always : .never,
            inlineMax: 0)
        do {
            switch staged.content {
            case .inline(_, let plain): try await writer.append(ByteBuffer(bytes: plain))
            case .stored(let locator, _):
                let reader = ContentReader(try await objects.open(locator, size: staged.size), .plain)
                while let piece = try await reader.next() { try await writer.append(piece) }
            }
            return try await writer.finish()
        } catch { throw writeFailure(error) }
    }

    /// Takes content that was staged outside of the index into memory. At most 1 MiB: the index keeps no more itself.
    func readWhole(_ staged: StagedObject) async throws -> StagedObject {
        guard case .stored(let locator, _) = staged.content else { return staged }
        let reader = ContentReader(try await objects.open(locator, size: staged.size), .plain)
        var plain: [UInt8] = []
        while let piece = try await reader.next() { plain += piece.readableBytesView }
        return StagedObject(
            digest: staged.digest, size: staged.size, storedSize: staged.size, encoding: .identity,
            content: .inline(stored: plain, plain: plain))
    }
}
