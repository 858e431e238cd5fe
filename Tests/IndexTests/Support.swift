import Foundation
import LarderModel
import LarderTestSupport
import NIOCore
import Synchronization
import Testing
import Hashing

@testable import Index

/// Runs `body` with a path for an index in a folder of its own, which is removed whatever happens.
func withIndexPath<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/larder-index-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/index.sqlite", engine = Engines.current
    defer {
        engine.remove(path)
        try? FileManager.default.removeItem(atPath: folder)
    }
    return try await body(path)
}

/// Runs `body` with an open index, which is closed and removed whatever happens.
func withIndex<R>(
    clock: WallClock = .system, keptVersions: @escaping VersionRule = { _ in nil },
    _ body: (EntryIndex) async throws -> R
) async throws -> R {
    try await withIndexPath { path async throws in
        try await withIndex(at: path, clock: clock, keptVersions: keptVersions, body)
    }
}

/// The same at a path that may hold one already.
func withIndex<R>(
    at path: String, clock: WallClock = .system, keptVersions: @escaping VersionRule = { _ in nil },
    _ body: (EntryIndex) async throws -> R
) async throws -> R {
    let index = try EntryIndex(engine: Engines.current.make(path), clock: clock, keptVersions: keptVersions)
    do {
        let result = try await body(index)
        await index.closeOffPool()
        return result
    } catch {
        await index.closeOffPool()
        throw error
    }
}

extension EntryIndex {
    /// An entry as it is given out: from memory, or where other nodes may write, by a look-up.
    func known(_ name: EntryName) async throws -> CachedEntry? {
        guard nodes.isShared else { return cache.entry(name) }
        guard let found = try await lookUp(name, wantsContent: true) else { return nil }
        return CachedEntry(found.entry, content: found.known?.bytes ?? found.fresh.map { ByteBuffer(bytes: $0) })
    }

    /// Closing blocks: it gets a thread that may.
    func closeOffPool() async {
        await withCheckedContinuation { closed in
            DispatchQueue.global().async {
                self.close()
                closed.resume()
            }
        }
    }

    /// Holds the writer up in a change of its own, so that what `body` submits meanwhile has to wait together.
    func whileWriterIsBusy<R>(_ body: () async throws -> R) async throws -> R {
        let go = DispatchSemaphore(value: 0)
        let blocker = Mutex<(Bool, CheckedContinuation<Void, Never>?)>((false, nil))
        let ended = AsyncStream<Void>.makeStream()
        write { _ in
            blocker.withLock {
                $0.0 = true
                return $0.1
            }?.resume()
            go.wait()
        } completion: { _ in
            ended.continuation.finish()
        }
        await withCheckedContinuation { begun in
            let hasBegun = blocker.withLock {
                if !$0.0 { $0.1 = begun }
                return $0.0
            }
            if hasBegun { begun.resume() }
        }
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        go.signal()
        for await _ in ended.stream {}
        return try result.get()
    }

    /// Submits a change without waiting for it.
    func submit<R: Sendable>(
        _ foresight: Foresight..., change: @escaping @Sendable (IndexTransaction) throws -> R
    ) -> Pending<R> {
        write(foresight, change)
    }

    func write<R: Sendable>(
        _ foresight: [Foresight], _ change: @escaping @Sendable (IndexTransaction) throws -> R
    ) -> Pending<R> {
        let pending = Pending<R>()
        write(foreseeing: foresight, change) { pending.fulfil($0) }
        return pending
    }

    func sql<R: Sendable>(_ query: @escaping @Sendable (any SQLSession) throws -> R) async throws -> R {
        try await read { try query($0.db) }
    }
}

/// The outcome of a change that may still be under way.
final class Pending<R: Sendable>: Sendable {
    private struct State {
        var outcome: Result<R, any Error>?
        var waiter: CheckedContinuation<R, any Error>?
    }
    private let state = Mutex(State())

    func fulfil(_ outcome: Result<R, any Error>) {
        state.withLock {
            $0.outcome = outcome
            return $0.waiter
        }?.resume(with: outcome)
    }

    /// What it is by now; nil: not decided yet.
    var soFar: Result<R, any Error>? { state.withLock { $0.outcome } }

    var value: R {
        get async throws {
            try await withCheckedThrowingContinuation { waiter in
                let outcome = state.withLock {
                    if $0.outcome == nil { $0.waiter = waiter }
                    return $0.outcome
                }
                if let outcome { waiter.resume(with: outcome) }
            }
        }
    }
}

func digest(of bytes: [UInt8]) throws -> Digest { try #require(Digest(SHA256.hash(data: bytes))) }

func name(_ key: String, store: String = "runs", site: SiteID = .default) throws -> EntryName {
    EntryName(site: site, store: try StoreName(store), key: try EntryKey(key))
}

func name(_ key: [UInt8], store: String = "runs") throws -> EntryName {
    EntryName(site: .default, store: try StoreName(store), key: try EntryKey(bytes: key))
}

/// Content in memory, as the engine would hand it to the index.
func inline(_ content: [UInt8]) throws -> IndexTransaction.Object {
    IndexTransaction.Object(
        digest: try digest(of: content), size: Int64(content.count), storedSize: Int64(content.count),
        encoding: .identity,
        inline: content
    ) { kept, _ in kept == content ? nil : content }
}

/// Content in a file, of which the index sees the name and the sizes only.
func file(_ content: [UInt8], size: Int64, storedSize: Int64, _ encoding: Encoding = .gzip) throws
    -> IndexTransaction.Object
{
    IndexTransaction.Object(
        digest: try digest(of: content), size: size, storedSize: storedSize, encoding: encoding, inline: nil
    ) { _, _ in nil }
}

func draft(
    _ object: IndexTransaction.Object, conditions: Preconditions = .none, expiry: Expiry = .never,
    metadata: Metadata = .none
) throws -> IndexTransaction.Draft {
    IndexTransaction.Draft(
        contentType: MediaType.json, metadata: metadata, etag: try #require(ETag(object.digest.bytes)), expiry: expiry,
        conditions: conditions)
}

extension IndexTransaction {
    /// Writes small content.
    @discardableResult
    func put(
        _ name: EntryName, _ content: [UInt8], conditions: Preconditions = .none,
        expiry: Expiry = .never
    ) throws -> PutResult {
        let object = try inline(content)
        return try put(name, try draft(object, conditions: conditions, expiry: expiry), object)
    }
}
