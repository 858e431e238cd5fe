import Foundation
import NIOHTTP1
import Testing

/// A namespace of a server, on the KV face.
struct KVSpace: Sendable {
    let server: LarderProcess
    let id: String
    let title: String

    static func root(_ account: String = "default") -> String { "/client/v4/accounts/\(account)/storage/kv/namespaces" }

    var path: String { Self.root() + "/" + id }
    func value(_ key: String, _ query: String = "") -> String {
        "\(path)/values/\(key)" + (query.isEmpty ? "" : "?" + query)
    }

    static func create(on server: LarderProcess, _ title: String = Fresh.store("kv")) async throws -> KVSpace {
        let reply = try await server.send(.POST, root(), [:], .text(#"{"title":"\#(title)"}"#))
        try requireStatus(reply, 200)
        try #require(try reply.json["success"] == true)
        return KVSpace(server: server, id: try #require(try reply.json["result"]["id"].string), title: title)
    }

    @discardableResult
    func put(_ key: String, _ content: String, _ query: String = "") async throws -> Reply {
        try await server.put(value(key, query), content)
    }

    /// Writes by a form, its fields in this order.
    func form(_ key: String, _ fields: [(String, String)], _ query: String = "") async throws -> Reply {
        let parts = fields.map { "--xyz\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n" }.joined()
        return try await server.put(
            value(key, query), parts + "--xyz--\r\n", ["content-type": "multipart/form-data; boundary=xyz"])
    }

    func metadata(_ key: String) async throws -> JSON { try await server.get("\(path)/metadata/\(key)").json["result"] }

    func page(_ query: String = "") async throws -> JSON {
        let reply = try await server.get("\(path)/keys" + (query.isEmpty ? "" : "?" + query))
        try requireStatus(reply, 200)
        return try reply.json
    }

    func names(_ query: String = "") async throws -> [String?] {
        try await page(query)["result"].items.map { $0["name"].string }
    }

    func send(_ method: HTTPMethod, _ path: String, _ body: String) async throws -> Reply {
        try await server.send(method, self.path + path, ["content-type": "application/json"], .text(body))
    }
}

/// An error in Cloudflare's envelope.
func expectKV(
    _ reply: Reply, _ status: Int, _ code: Int, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    expectStatus(reply, status, sourceLocation: sourceLocation)
    let json = try reply.json
    #expect(
        json["success"] == false && json["result"].isNull && json.names.contains("result")
            && json["messages"] == [] && json["errors"].items.count == 1, "\(json)", sourceLocation: sourceLocation)
    #expect(json["errors"][0]["code"].int == code, "\(json)", sourceLocation: sourceLocation)
    #expect(json["errors"][0]["message"].string?.isEmpty == false, sourceLocation: sourceLocation)
}
