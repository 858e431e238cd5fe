import Access
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("The table of faces")
struct FaceTableTests {
    @Test("has no two routes of the same prefix, and only prefixes of whole segments")
    func prefixes() {
        let prefixes = Face.all.flatMap(\.routes).map(\.prefix)
        #expect(Set(prefixes).count == prefixes.count)
        for prefix in prefixes where !prefix.isEmpty { #expect(prefix.hasPrefix("/") && !prefix.hasSuffix("/")) }
    }

    @Test(
        "gives a path to the longest prefix of whole segments",
        arguments: [
            ("/v1/progress", "/v1/progress"), ("/v1/progress/", "/v1/progress"), ("/v1/progress/p/r", "/v1/progress"),
            ("/v1/progressive", "/v1"), ("/v1/%70rogress", "/v1"), ("/v1", "/v1"), ("/v1/", "/v1"), ("/v1x/a", ""),
            ("/v1/admin/tokens/admin/roll", "/v1/admin/tokens/admin/roll"), ("/v1/admin/tokens/x", "/v1/admin/tokens"),
            ("/console/session", "/console/session"), ("/console/sessions", "/console"), ("/", ""), ("//v1", ""),
            ("/default/v1/progress", ""),
        ])
    func longest(path: String, prefix: String) throws {
        #expect(try Bench.faces.place(of: path[...]).0.route.prefix == prefix)
    }

    @Test("counts requests under the labels of the faces, and those that name nothing apart")
    func labels() {
        #expect(Set(Bench.faces.labels).count == Bench.faces.labels.count)
        #expect(Set(Bench.faces.labels) == Set(Face.all.map(\.label) + ["other"]))
        #expect(Bench.faces.labels[Bench.faces.other.index] == "other")
    }
}

/// A face as protocols of others need it: errors of its own form, credentials of its own, and every path.
@Suite("A face of another protocol")
struct ForeignFaceTests {
    private static let face = Face(
        label: "foreign", errors: ErrorShape { error, _ in xml(error) },
        routes: [
            Route("", credentials: [key]) { (path, _) throws(LarderError) in
                path.flatMap { String($0) }.flatMap { $0.isEmpty ? nil : Resource($0, thing) }
            }
        ])

    private static let key = Credential { (request, server) throws(LarderError) in
        guard let key = request.field("x-key") else { return nil }
        return try server.authenticator.principal(secret: key)
    }

    private static let thing = ResourceKind<String>(
        "thing",
        [
            .task(.GET, .HEAD, by: .site(.read)) { name, call, _ in
                Answer(.ok, body: .bytes(ByteBuffer(string: "\(name) for \(call.permit.requester)")))
            }
        ])

    private static func xml(_ error: LarderError) -> Answer {
        Answer(
            ErrorTable.status(error.code), headers: ["content-type": "application/xml"],
            body: .bytes(ByteBuffer(string: "<Code>\(error.code.rawValue)</Code>")))
    }

    private func answer(_ method: HTTPMethod, _ uri: String, key: String?) async throws -> Answered {
        try await Bench.with { bench async throws in
            let made = head(method, uri, key.map { [("x-key", $0)] } ?? [], token: nil)
            let foreign = Bench(context: bench.context, clock: bench.clock, faces: FaceTable([Self.face]))
            return try await foreign.slow(made)
        }
    }

    @Test("answers whom its own credentials let in")
    func reads() async throws {
        let got = try await answer(.GET, "/a//b", key: Bench.token)
        #expect(got.status == 200 && got.text == "a//b for admin")
        let head = try await answer(.HEAD, "/a//b", key: Bench.token)
        #expect(head.status == 200 && head.body.isEmpty && head.length == got.length)
    }

    @Test(
        "says what went wrong in its own words, wherever that is found",
        arguments: [
            (HTTPMethod.GET, "/a", nil, 401, "unauthorized"), (.GET, "/a", "wrong", 401, "unauthorized"),
            (.DELETE, "/a", Bench.token, 405, "method_not_allowed"), (.GET, "/", Bench.token, 404, "not_found"),
            (.GET, "*", Bench.token, 400, "malformed_request"),
        ] as [(HTTPMethod, String, String?, UInt, String)])
    func refusals(method: HTTPMethod, uri: String, key: String?, status: UInt, code: String) async throws {
        let got = try await answer(method, uri, key: key)
        #expect(got.status == status)
        // What is no path at all is nobody's.
        guard uri != "*" else { return }
        #expect(got.text == "<Code>\(code)</Code>" && got.field("content-type") == "application/xml")
        #expect(got.field("allow") == (status == 405 ? "GET, HEAD" : nil))
    }
}
