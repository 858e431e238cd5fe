import BlobStore
import LarderModel
import Logs

extension HealthHistory.Reading {
    /// How it is now.
    init(_ server: ServerContext) {
        let totals = server.metrics.totals
        self.init(
            at: server.blobs.now, instant: .now, requests: totals.requests, refused: totals.refused,
            failed: totals.failed, bytesIn: server.metrics.bytesIn.value, bytesOut: server.metrics.bytesOut.value,
            requestSeconds: totals.seconds, commitSeconds: server.blobs.statistics.commitSeconds.snapshot,
            indexSeconds: server.blobs.indexState.answerSeconds?.snapshot,
            objectSeconds: server.blobs.objectState.answerSeconds?.snapshot,
            queue: server.blobs.writeQueueDepth, followers: server.entries.logs.hub.followerCount,
            freeBytes: server.blobs.diskGuard.freeBytes)
    }
}
