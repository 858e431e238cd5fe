import Foundation
import S3TestSupport
import Testing

@Suite("Starting with objects elsewhere", .ownServers, .sqliteOnly("they name their engines"))
struct BucketStartTests {
    private func expectRefusal(
        _ arguments: [String], _ environment: [String: String] = BucketKeys.right, data: String? = nil,
        in folder: TemporaryFolder, says word: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let data = data ?? folder.appending("data")
        let outcome = try await Larder.run(
            ["serve", "--data", data, "--port", "0"] + arguments, environment: environment, home: folder.path,
            within: .seconds(60))
        #expect(outcome.ending == .exit(1), sourceLocation: sourceLocation)
        #expect(outcome.lines.count == 1, "\(outcome.lines)", sourceLocation: sourceLocation)
        #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
        for secret in BucketKeys.right.values {
            #expect(!outcome.errors.contains(secret), sourceLocation: sourceLocation)
        }
    }

    @Test("What is wrong with a bucket is said in one line, and it is left as it was")
    func wrong() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        let address = bucket.address
        func keys(_ change: [String: String]) -> [String: String] { BucketKeys.right.merging(change) { $1 } }
        try await TemporaryFolder.with { folder in
            try await expectRefusal(["--objects", "s3//\(address)"], in: folder, says: "--objects")
            try await expectRefusal(["--objects", "s3://a:secret@bucket"], in: folder, says: "AWS_ACCESS_KEY_ID")
            try await expectRefusal(["--objects", address], [:], in: folder, says: "AWS_SECRET_ACCESS_KEY")
            try await expectRefusal(
                ["--objects", address], keys(["AWS_ACCESS_KEY_ID": "AKIAOTHER"]), in: folder,
                says: "AWS_ACCESS_KEY_ID")
            try await expectRefusal(
                ["--objects", address], keys(["AWS_SECRET_ACCESS_KEY": "other"]), in: folder,
                says: "AWS_SECRET_ACCESS_KEY")
            try await expectRefusal(["--objects", address + "&region=other"], in: folder, says: "region")
            try await expectRefusal(
                ["--objects", address], keys(["AWS_REGION": "other"]), in: folder, says: "region")
            try await expectRefusal(
                ["--objects", address.replacingOccurrences(of: "s3://", with: "s3://no-")], in: folder,
                says: "no such bucket")
            #expect(try await bucket.keys().isEmpty)
            // None of this tied the directory to a bucket.
            let server = try await Larder.run(
                ["verify", "--offline", "--data", folder.appending("data")], home: folder.path)
            #expect(server.ending == .exit(0), "\(server)")
        }
    }

    @Test("A bucket and an index belong to each other")
    func owners() async throws {
        let bucket = try await S3TestServer.shared.makeBucket(), other = try await S3TestServer.shared.makeBucket()
        try await LarderProcess.with(bucket: bucket) { server in
            expectStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(100_000)), 201)
            try await server.stop()
            let folder = server.folder
            try await expectRefusal(
                ["--objects", bucket.address], data: folder.appending("second"), in: folder, says: "another Larder")
            try await expectRefusal(["--objects", other.address], in: folder, says: "right bucket")
            try await expectRefusal([], in: folder, says: "--objects")
            try await bucket.remove("larder.id")
            try await expectRefusal(["--objects", bucket.address], in: folder, says: "larder.id is missing")
            #expect(try await other.keys().isEmpty)
        }
        // Objects in the data directory are not in any bucket.
        try await LarderProcess.with { server in
            expectStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(100_000)), 201)
            try await server.stop()
            try await expectRefusal(
                ["--objects", other.address], in: server.folder, says: "names objects in its data directory")
            #expect(try await other.keys().isEmpty)
        }
    }

    @Test("A folder elsewhere holds objects as the data directory does, and belongs to one index")
    func folder() async throws {
        try await TemporaryFolder.with { elsewhere in
            let objects = elsewhere.appending("shared"), address = "file://" + objects
            let content = Bytes.noise(100_000)
            try FileManager.default.createDirectory(atPath: objects, withIntermediateDirectories: true)
            try await LarderProcess.with(["--objects", address]) { server in
                expectStatus(try await server.put(Native.entry("things", "k"), content), 201)
                try await server.restart()
                #expect(try await server.get(Native.entry("things", "k")).body == content)
                #expect(try Disk.files(below: objects + "/objects").count == 1)
                #expect(!FileManager.default.fileExists(atPath: server.objectsFolder))
                try await server.stop()
                try await expectRefusal([], in: server.folder, says: address)
                try await expectRefusal(
                    ["--objects", address], data: server.folder.appending("second"), in: server.folder,
                    says: "another Larder")
                try await expectRefusal(["--objects", address + "/none"], in: server.folder, says: "no folder")
                try await expectRefusal(["--objects", "file://relative"], in: server.folder, says: "file:///")
            }
        }
    }
}
