import AsyncHTTPClient
import Foundation
import LarderModel
public import NIOCore
import NIOHTTP1

/// The values of one namespace of the KV face. Every call throws ``LarderClientError``.
public struct KeyValues: Sendable {
    let client: LarderClient
    /// The namespace.
    public let id: String

    private var path: String { client.kvPath + "/" + WirePath.segment(id) }

    private func value(_ key: String) throws -> String {
        guard !key.isEmpty else { throw LarderClientError(.invalidKey, "The key is empty.") }
        return "\(path)/values/\(WirePath.segment(key))"
    }

    /// Writes a value.
    /// - Parameters:
    ///   - metadata: JSON; nil: none.
    ///   - ttl: seconds, at least 60; nil: as `expiration` says.
    ///   - expiration: seconds since 1970; nil: never.
    public func put(
        _ key: String, _ value: [UInt8], metadata: String? = nil, ttl: Int? = nil, expiration: Int? = nil
    ) async throws {
        var request = WireRequest(.PUT, try self.value(key))
        if let ttl { request.query.append(("expiration_ttl", "\(ttl)")) }
        if let expiration { request.query.append(("expiration", "\(expiration)")) }
        if let metadata {
            let boundary = "larder-\(NamespaceID.random())"
            request.headers.add(name: "content-type", value: "multipart/form-data; boundary=\(boundary)")
            request.body = .bytes(Self.form(boundary, value, metadata))
        } else {
            request.body = .bytes(value)
        }
        _ = try await client.kv(KVNothing.self, request)
    }

    private static func form(_ boundary: String, _ value: [UInt8], _ metadata: String) -> [UInt8] {
        func head(_ name: String) -> [UInt8] {
            Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n".utf8)
        }
        return head("metadata") + Array(metadata.utf8) + Array("\r\n".utf8) + head("value") + value
            + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    /// Reads a value, whole.
    public func get(_ key: String) async throws -> ByteBuffer {
        try await client.transport.bytes(WireRequest(.GET, try value(key)))
    }

    /// Removes a value; one that is not there is no failure.
    public func delete(_ key: String) async throws {
        _ = try await client.kv(KVNothing.self, WireRequest(.DELETE, try value(key)))
    }

    /// The keys with a prefix, in the order of their bytes, some at a time.
    public func eachPage(prefix: String = "", _ take: ([KVKeyInfo]) throws -> Void) async throws {
        var cursor = ""
        repeat {
            var request = WireRequest(.GET, path + "/keys")
            if !prefix.isEmpty { request.query.append(("prefix", prefix)) }
            if !cursor.isEmpty { request.query.append(("cursor", cursor)) }
            let page = try await client.kv([KVKeyInfo].self, request)
            try take(page.result)
            cursor = page.result_info?.cursor ?? ""
        } while !cursor.isEmpty
    }

    private struct Changed: Decodable { var successful_key_count: Int }

    /// Writes many pairs, all or none.
    /// - Parameter pairs: a JSON array as Cloudflare has it, of at most 10,000 pairs and 100 MiB.
    /// - Returns: how many there were.
    public func bulkPut(_ pairs: UploadBody) async throws -> Int { try await bulk(.PUT, "/bulk", pairs) }

    /// Removes many keys.
    /// - Parameter keys: a JSON array of at most 10,000 texts.
    public func bulkDelete(_ keys: UploadBody) async throws -> Int { try await bulk(.POST, "/bulk/delete", keys) }

    private func bulk(_ method: HTTPMethod, _ end: String, _ body: UploadBody) async throws -> Int {
        var request = WireRequest(method, path + end)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = body
        return try await client.kv(Changed.self, request).result.successful_key_count
    }
}
