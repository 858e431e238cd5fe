import LarderModel
import NIOHTTP1
import Objects
import S3
import S3TestSupport
import Testing

@testable import ObjectsOnS3

@Suite("Before a bucket is used")
struct StartTests {
    private func refusal(_ backend: ObjectsOnS3, _ owner: ObjectOwner) async throws -> LarderError {
        let error = try await #require(throws: LarderError.self) {
            if try await !backend.check(for: owner) { try await backend.mark(for: owner) }
        }
        #expect(!error.message.contains("\n"))
        for secret in [S3TestServer.secretKey, S3TestServer.accessKey, "wrong-key"] {
            #expect(!error.description.contains(secret), "\(error)")
        }
        return error
    }

    @Test("it is marked, and then known again; what was tried out is gone")
    func marks() async throws {
        try await Bench.with { bench async throws in
            let backend = try bench.backend()
            #expect(backend.trouble?.code == .unavailable)
            let early = await #expect(throws: LarderError.self) { try await backend.list(shard: 1) }
            #expect(early?.code == .unavailable)
            #expect(try await !backend.check(for: bench.owner))
            try await backend.mark(for: bench.owner)
            #expect(backend.trouble == nil)
            #expect(try await bench.bucket.keys() == ["larder.id"])
            #expect(try await bench.backend().check(for: bench.owner))
            #expect(
                try await bench.backend().check(for: ObjectOwner(identity: bench.owner.identity, hasObjects: true)))
        }
    }

    @Test("lent keys go with their token") func token() async throws {
        try await Bench.with { bench async throws in
            _ = try await bench.open(token: "lent/for+a=time")
        }
    }

    @Test("its owner must be this index")
    func owners() async throws {
        try await Bench.with { bench async throws in
            _ = try await bench.open()
            let other = ObjectOwner(identity: Array(repeating: 8, count: 16), hasObjects: false)
            let error = try await refusal(bench.backend(), other)
            #expect(error.code == .internalError && error.message.contains("another Larder's index"))
            #expect(try await bench.bucket.keys() == ["larder.id"])
        }
    }

    @Test("one without a mark holds no objects, and no index that it is to be the bucket of names any")
    func unmarked() async throws {
        try await Bench.with { bench async throws in
            let lost = ObjectOwner(identity: bench.owner.identity, hasObjects: true)
            #expect(try await refusal(bench.backend(), lost).message.contains("right bucket"))
            try await bench.bucket.write("objects/07/x", [1])
            #expect(try await refusal(bench.backend(), bench.owner).message.contains("no larder.id"))
            #expect(try await bench.bucket.keys() == ["objects/07/x"])
        }
    }

    @Test("two that mark it at once: one has it")
    func race() async throws {
        try await Bench.with { bench async throws in
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number: UInt8 in 1...4 {
                    group.addTask {
                        let owner = ObjectOwner(identity: Array(repeating: number, count: 16), hasObjects: false)
                        do {
                            let backend = try bench.backend()
                            if try await !backend.check(for: owner) { try await backend.mark(for: owner) }
                            return true
                        } catch let error as LarderError where error.message.contains("another Larder") {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wins == 1)
        }
    }

    @Test("the mark is put once, though its answer is lost")
    func lostMark() async throws {
        try await Bench.with { bench async throws in
            try await bench.bucket.fail(.lose, .PUT, contains: "larder.id")
            _ = try await bench.open()
            #expect(try await bench.backend().check(for: bench.owner))
        }
    }

    // MARK: Wrong ones

    @Test("wrong keys, bucket and region are each said in a line")
    func wrong() async throws {
        try await Bench.with { bench async throws in
            let wrongID = try await refusal(bench.backend(id: "wrong-key"), bench.owner)
            #expect(wrongID.message.contains("AWS_ACCESS_KEY_ID"))
            let wrongSecret = try await refusal(bench.backend(secret: "wrong-key"), bench.owner)
            #expect(wrongSecret.message.contains("AWS_SECRET_ACCESS_KEY"))
            let elsewhere = try await refusal(bench.backend(bench.bucket.address + "&region=eu-west-9"), bench.owner)
            #expect(elsewhere.message.contains("region"))
            let missing = bench.bucket.address.replacing("s3://", with: "s3://no-")
            #expect(try await refusal(bench.backend(missing), bench.owner).message.contains("no such bucket"))
            #expect(try await bench.bucket.keys().isEmpty)
        }
    }

    struct Answer: Sendable {
        var what: S3TestBucket.What
        var says: String
        var code = LarderError.Code.internalError
    }

    @Test(
        "what a service refuses is said in a line, and whether it may pass",
        arguments: [
            Answer(what: .answer(403, "RequestTimeTooSkewed"), says: "clock"),
            Answer(what: .answer(403, "AccessDenied"), says: "s3:ListBucket"),
            Answer(what: .answer(400, "ExpiredToken"), says: "AWS_SESSION_TOKEN"),
            Answer(what: .answer(301, "PermanentRedirect"), says: "region"),
            Answer(what: .answer(307, ""), says: "region"),
            Answer(what: .answer(405, ""), says: "endpoint"),
            Answer(what: .answer(503, "SlowDown"), says: "reached", code: .unavailable),
            Answer(what: .cut, says: "reached", code: .unavailable),
        ])
    func refuses(_ answer: Answer) async throws {
        try await Bench.with { bench async throws in
            try await bench.bucket.fail(answer.what, times: .max)
            let error = try await refusal(bench.backend(), bench.owner)
            #expect(error.message.contains(answer.says), "\(error)")
            #expect(error.code == answer.code)
            try await bench.bucket.comeBack()
            #expect(try await bench.bucket.keys().isEmpty)
        }
    }

    @Test("nobody at the address is not reached, now")
    func nobody() async throws {
        try await Bench.with { bench async throws in
            // The discard port: whoever listens there speaks no HTTP.
            let backend = try bench.backend("s3://\(bench.bucket.name)?endpoint=http://127.0.0.1:9")
            #expect(try await refusal(backend, bench.owner).code == .unavailable)
        }
    }

    @Test("one that does not keep what is asked is refused, unless it is a trial")
    func unsafe() async throws {
        try await Bench.with { bench async throws in
            // It answers everything, and forgets.
            try await bench.bucket.fail(.answer(200, ""), .PUT, contains: "check/", times: .max)
            let error = try await refusal(bench.backend(), bench.owner)
            #expect(error.message.contains("--accept-unsafe"))
            _ = try await bench.backend(acceptsUnsafe: true).check(for: bench.owner)
        }
    }
}
