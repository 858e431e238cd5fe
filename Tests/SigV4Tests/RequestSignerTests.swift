import LarderModel
import SigV4
import Testing

@Suite("A signed request")
struct RequestSignerTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// What AWS published: of its Signature Version 4 test suite (service `service`), and the examples of S3's page
    /// «Authenticating Requests: Using the Authorization Header».
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var service = "s3"
        var method = "GET"
        var path = "/"
        var query: [(String, String)] = []
        var fields: [(String, String)] = []
        var payload = RequestSignerTests.empty
        var token: String?
        var signature: String
    }

    private static let token =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwth"
        + "Ax7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXA"
        + "kiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

    static let vectors: [Vector] = [
        Vector(
            testDescription: "get-vanilla", service: "service",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector(
            testDescription: "get-vanilla-query-order-key-case", service: "service",
            query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Vector(
            testDescription: "post-vanilla", service: "service", method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            testDescription: "post-sts-header-before", service: "service", method: "POST", token: token,
            signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
        Vector(
            testDescription: "S3: GET Object with a Range", path: "/test.txt", fields: [("Range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Vector(
            testDescription: "S3: PUT Object", method: "PUT",
            path: RequestSigner.encoded("/test$file.text", keepingSlashes: true),
            fields: [
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Vector(
            testDescription: "S3: GET Bucket Lifecycle", query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Vector(
            testDescription: "S3: GET Bucket (List Objects)", query: [("max-keys", "2"), ("prefix", "J")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    private func authorization(_ vector: Vector, payload: RequestSigner.Payload? = nil) throws -> String {
        let isS3 = vector.service == "s3"
        let keys = AccessKeys(
            id: isS3 ? "AKIAIOSFODNN7EXAMPLE" : "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG\(isS3 ? "/" : "+")bPxRfiCYEXAMPLEKEY", sessionToken: vector.token)
        let time = isS3 ? "2013-05-24T00:00:00.000Z" : "2015-08-30T12:36:00.000Z"
        let fields = RequestSigner(keys, region: "us-east-1", service: vector.service).fields(
            method: vector.method, path: vector.path, query: vector.query,
            fields: vector.fields + [("Host", isS3 ? "examplebucket.s3.amazonaws.com" : "example.amazonaws.com")],
            payload: payload ?? .hashed(vector.payload), at: try #require(Timestamp(iso8601: time)),
            declaresPayload: isS3)
        return try #require(fields.first { $0.name == "authorization" }).value
    }

    @Test("has the signature that AWS published", arguments: vectors)
    func published(_ vector: Vector) throws {
        #expect(try authorization(vector).hasSuffix("Signature=\(vector.signature)"))
    }

    @Test("says whose keys it was signed with, for which day, region and service, and which fields")
    func form() throws {
        #expect(
            try authorization(Self.vectors[4])
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test("may leave its body unsigned, and then says so")
    func unsigned() throws {
        let signer = RequestSigner(AccessKeys(id: "A", secret: "S", sessionToken: ""), region: "r")
        let time = Timestamp(milliseconds: 0)
        func signed(_ payload: RequestSigner.Payload) -> [(name: String, value: String)] {
            signer.fields(method: "PUT", path: "/", query: [], fields: [("host", "h")], payload: payload, at: time)
        }
        let unsigned = signed(.unsigned)
        #expect(unsigned.first { $0.name == "x-amz-content-sha256" }?.value == "UNSIGNED-PAYLOAD")
        #expect(unsigned.first { $0.name == "x-amz-date" }?.value == "19700101T000000Z")
        #expect(!unsigned.contains { $0.name == "x-amz-security-token" })
        #expect(unsigned.last?.value != signed(.empty).last?.value)
        #expect(signed(.empty).last?.value == signed(.hashed(Self.empty)).last?.value)
    }

    @Test(
        "spaces in a field's value count once",
        arguments: [(" a  b ", "a b"), ("a b", "a b"), ("  ", "")])
    func spaces(_ value: String, _ same: String) {
        let signer = RequestSigner(AccessKeys(id: "A", secret: "S"), region: "r")
        func signed(_ value: String) -> String? {
            signer.fields(
                method: "GET", path: "/", query: [], fields: [("host", "h"), ("x-amz-meta-a", value)],
                payload: .empty, at: Timestamp(milliseconds: 0)
            ).last?.value
        }
        #expect(signed(value) == signed(same))
        #expect(signed(value) != signed("other"))
    }

    @Test(
        "has its path and query encoded in the one way that is signed",
        arguments: [
            ("aZ09-._~", "aZ09-._~"), ("a b+c", "a%20b%2Bc"), ("é/☃", "%C3%A9%2F%E2%98%83"), ("%", "%25"), ("", ""),
        ])
    func encoded(_ text: String, _ encoded: String) {
        #expect(RequestSigner.encoded(text) == encoded)
        #expect(
            RequestSigner.encoded(text, keepingSlashes: true) == encoded.replacing("%2F", with: "/"))
    }

    @Test("its query is sorted as bytes, by name and then by value")
    func query() {
        let query = RequestSigner.canonicalQuery([("b", ""), ("a", "2"), ("B", "x y"), ("a", "10")])
        #expect(query == "B=x%20y&a=10&a=2&b=")
    }

    @Test("shows no keys, however it is printed")
    func secrets() {
        let keys = AccessKeys(id: "AKID-1", secret: "topmost", sessionToken: "lent")
        var dumped = ""
        dump(keys, to: &dumped)
        dump(RequestSigner(keys, region: "r"), to: &dumped)
        for text in ["\(keys)", String(reflecting: keys), "\(RequestSigner(keys, region: "r"))", dumped] {
            for secret in ["AKID-1", "topmost", "lent"] { #expect(!text.contains(secret), "\(text)") }
        }
    }
}
