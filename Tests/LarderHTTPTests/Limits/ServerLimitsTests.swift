import LarderModel
import Testing

@testable import LarderHTTP

@Suite("The server's limits")
struct ServerLimitsTests {
    struct Change: Sendable, CustomTestStringConvertible {
        var flag: String
        var apply: @Sendable (inout ServerLimits) -> Void
        var testDescription: String { flag }
    }

    @Test(
        "Connections leave descriptors for files and the index",
        arguments: [(10, 1), (128, 24), (1_024, 824), (20_000, 17_428)])
    func descriptors(descriptors: Int, connections: Int) {
        #expect(ServerLimits.connections(descriptors: descriptors, cores: 2) == connections)
    }

    @Test("The defaults are within their ranges")
    func defaults() throws { try ServerLimits().check() }

    @Test(
        "A value beyond its range is refused by the name of its flag",
        arguments: [
            Change(flag: "--max-url") { $0.url = ByteCount(999) },
            Change(flag: "--max-url") { $0.url = ByteCount(64_001) },
            Change(flag: "--max-header-field") { $0.headerField = ByteCount(999) },
            Change(flag: "--max-header-list") { $0.headerList = ByteCount(1_000_001) },
            Change(flag: "--max-headers") { $0.headerCount = 19 },
            Change(flag: "--max-connections") { $0.connections = 0 },
            Change(flag: "--max-client-connections") { $0.clientConnections = 0 },
            Change(flag: "--head-timeout") { $0.headTime = .milliseconds(999) },
            Change(flag: "--idle-timeout") { $0.idleTime = .seconds(3_601) },
            Change(flag: "--min-rate") { $0.minRate = ByteCount(0) },
            Change(flag: "--rate-window") { $0.rateWindow = .zero }, Change(flag: "--max-uploads") { $0.uploads = 0 },
            Change(flag: "--max-buffered") { $0.buffered = ByteCount(999_999) },
            Change(flag: "--max-inflate-ratio") { $0.inflateRatio = 0 },
            Change(flag: "--max-json-depth") { $0.jsonDepth = 7 },
            Change(flag: "--max-json-depth") { $0.jsonDepth = 257 }, Change(flag: "--max-page") { $0.listPage = 1_001 },
            Change(flag: "--max-followers") { $0.followers = 0 },
            Change(flag: "--max-run-followers") { $0.runFollowers = 0 },
        ])
    func ranges(_ change: Change) {
        var limits = ServerLimits()
        change.apply(&limits)
        let error = #expect(throws: LarderError.self) { try limits.check() }
        #expect(error?.code == .malformedRequest)
        #expect(error?.message.hasPrefix(change.flag + " is ") == true)
    }

    @Test("Places for uploads are given until all are taken, and again when one is given back")
    func uploads() throws {
        var limits = ServerLimits()
        limits.uploads = 2
        let gate = Gatekeeper(limits)
        try gate.beginUpload()
        try gate.beginUpload()
        for _ in 0..<3 {
            let error = #expect(throws: LarderError.self) { try gate.beginUpload() }
            #expect(error?.code == .unavailable)
            #expect(error?.limit == .uploads)
        }
        gate.endUpload()
        try gate.beginUpload()
    }

    @Test("A page is from 1 to the limit; only what is beyond it counts as refused by it")
    func page() throws {
        var limits = ServerLimits()
        limits.listPage = 10
        let gate = Gatekeeper(limits)
        #expect(try gate.pageLimit("10") == 10)
        #expect(#expect(throws: LarderError.self) { try gate.pageLimit("11") }?.limit == .listPage)
        for text in ["0", "-1", "x", ""] {
            #expect(.some(#expect(throws: LarderError.self) { try gate.pageLimit(text) }?.limit) == .some(nil))
        }
    }

    @Test("Each limit has a counter of its own")
    func metrics() {
        let gate = Gatekeeper()
        for limit in Limit.allCases { gate.refused(limit) }
        gate.refused(.url)
        gate.refused(nil)
        var text = MetricsText()
        gate.write(to: &text)
        for limit in Limit.allCases {
            #expect(
                text.text.contains(
                    "larder_limit_refusals_total{limit=\"\(limit.rawValue)\"} \(limit == .url ? 2 : 1)\n"))
        }
    }
}
