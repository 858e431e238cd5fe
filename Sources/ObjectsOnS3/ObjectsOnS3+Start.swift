import LarderModel
import NIOCore
package import Objects
import S3
import Synchronization

/// What a bucket has to be before anything is kept in it.
extension ObjectsOnS3 {
    var markKey: String { "\(prefix)larder.id" }

    /// For a start: a few seconds, in which a server that comes up meanwhile is met.
    private static let startPatience = S3Patience(triesMax: 3, total: .seconds(10))

    private func mark(_ owner: ObjectOwner) -> String { "larder 1 \(owner.identity.hex)\n" }

    package func check(for owner: ObjectOwner) async throws -> Bool {
        do {
            let isMarked = try await checkMark(of: owner)
            try await tryOut()
            isChecked.store(true, ordering: .releasing)
            return isMarked
        } catch let failure as S3Failure { throw refusal(failure) }
    }

    package func mark(for owner: ObjectOwner) async throws {
        do {
            let body = ByteBuffer(string: mark(owner))
            do { _ = try await client.put(markKey, .bytes(body), fields: [("if-none-match", "*")]) } catch let failure
                as S3Failure where failure.status == 412 || failure.status == 409
            {
                // Ours, when the answer to a try before was lost.
                guard try await checkMark(of: owner) else { throw failure }
            }
        } catch let failure as S3Failure { throw refusal(failure) }
    }

    /// - Returns: whether there is a mark, and it is this index's.
    private func checkMark(of owner: ObjectOwner) async throws -> Bool {
        if let found = try await client.get(markKey, Self.startPatience) {
            let text = String(decoding: found.text.prefix(200), as: UTF8.self)
            guard text.hasPrefix("larder 1 ") else {
                throw refused("its larder.id is none: is the endpoint that of an S3 service?")
            }
            guard text == mark(owner) else {
                throw refused(
                    "it holds the objects of another Larder's index: choose another prefix, or put that index back")
            }
            return true
        }
        guard !owner.hasObjects else {
            throw refused("the index names objects in it, but its larder.id is missing: is this the right bucket?")
        }
        guard try await client.keys("\(prefix)objects/", limit: 1).isEmpty else {
            // Another node may have made both at this moment.
            if try await client.get(markKey) != nil { return try await checkMark(of: owner) }
            throw refused("there are objects in it, but no larder.id that says whose: choose another prefix")
        }
        return false
    }

    // MARK: Trying out

    /// Puts, reads, lists and removes a small object, and looks whether each is seen at once.
    private func tryOut() async throws {
        let key = "\(prefix)check/\(ObjectLocator.newPlace().hex)"
        do {
            try await tryOut(key)
            try await client.delete(key)
        } catch {
            try? await client.delete(key)
            throw error
        }
    }

    private func tryOut(_ key: String) async throws {
        _ = try await client.put(key, .bytes(ByteBuffer(string: "one")))
        try await expect(key, "one")
        try expect(
            try await !putsWhereNone(key), "it does not keep to If-None-Match: * on PUT, so two could be the first")
        try await expect(key, "one")
        _ = try await client.put(key, .bytes(ByteBuffer(string: "three")))
        try await expect(key, "three")
        try expect(
            try await client.stretch(key, 1..<3) == Array("hr".utf8), "it does not answer a Range with that range")
        try expect(try await client.keys(key, limit: 10) == [key], "a list does not show what was just written")
        try await client.delete(key)
        try expect(try await client.get(key) == nil, "it still gives what was just removed")
        try expect(try await putsWhereNone(key), "it refuses If-None-Match: * on a PUT where there is nothing")
    }

    private func expect(_ key: String, _ text: String) async throws {
        let found = try await client.get(key)
        try expect(found?.text == Array(text.utf8), "a read does not see the write before it")
    }

    /// Whether the bucket takes an object under the condition that there is none.
    private func putsWhereNone(_ key: String) async throws -> Bool {
        do {
            _ = try await client.put(key, .bytes(ByteBuffer(string: "two")), fields: [("if-none-match", "*")])
            return true
        } catch let failure as S3Failure where [409, 412, 501].contains(failure.status ?? 0) {
            guard failure.status == 501 else { return false }
            // It refuses the condition itself, whatever is there.
            try expect(false, "it knows no If-None-Match on PUT")
            return try await client.get(key) == nil
        }
    }

    private func expect(_ holds: Bool, _ complaint: String) throws {
        guard !holds, !acceptsUnsafe else { return }
        throw refused("\(complaint); use another service, or --accept-unsafe for a trial")
    }

    // MARK: Refusals

    private func refused(_ why: String) -> LarderError {
        LarderError(.internalError, "the bucket \(client.address.text) can't be used: \(why)")
    }

    /// In one line, for the person who starts the server.
    private func refusal(_ failure: S3Failure) -> LarderError {
        if failure.mayPass {
            return LarderError(.unavailable, "the bucket \(client.address.text) can't be reached: \(failure)")
        }
        return refused("\(failure.reason(client.address)) (\(failure))")
    }
}
