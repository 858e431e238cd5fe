import EventStreams
import Index
import LarderModel
import Logs
import NIOCore

extension MicroCase {
    /// Events on their way into a log, through the merge, and out to followers.
    static let logs = [
        MicroCase(name: "event parse", steps: 1_000) {
            let rule = Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(64_000))
            let parser = EventParser(rule, maxDepth: JSONText.depthDefault)
            let body = event(1)
            return { (try? parser.objectOrArray(body))?.count ?? 0 }
        },
        MicroCase(name: "event frame", steps: 1_000) {
            let sent = LogEvent(
                sequence: 14, position: 99, receivedAt: Timestamp(milliseconds: 1_778_393_567_000), json: event(1))
            return { EventFrames.event(sent, isRun: true).chunk.readableBytes }
        },
        MicroCase(name: "merge, 201 into 200", steps: 1_000) {
            let known = try (0..<200).map { try fingerprint($0) }
            let memory = LogMemory(fingerprints: known, keptCount: 200, forgotten: 0)
            let items = known + [try fingerprint(200)]
            return { MergeRule.readCount(items, memory) }
        },
        MicroCase(name: "merge, equal events, cut", steps: 1) {
            // The dearest input: all events alike, the client's array as long as the log's kept part, and events
            // forgotten in front.
            let same = try fingerprint(1)
            let memory = LogMemory(
                fingerprints: Array(repeating: same, count: 1_199) + [try fingerprint(2)], keptCount: 200, forgotten: 50
            )
            let items = Array(repeating: same, count: 200)
            return { MergeRule.readCount(items, memory) + 1 }
        },
    ]

    private static func event(_ number: Int) -> [UInt8] {
        Array(
            #"""
            {"agent":"director","status":"running","message":"scene \#(number) of 9","progress":44,\#
            "timestamp":"2026-05-10T06:12:47.000Z"}
            """#
            .utf8)
    }

    private static func fingerprint(_ number: Int) throws -> Fingerprint {
        guard
            let fingerprint = Fingerprint(
                (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) &+ UInt8($0) })
        else {
            throw Failure(description: "16 bytes are a fingerprint")
        }
        return fingerprint
    }
}
