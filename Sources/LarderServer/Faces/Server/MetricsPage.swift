import Access
import BlobStore
import Housekeeping
import LarderHTTP
import LarderModel
import Logs
import NIOCore
import NIOHTTP1

/// `/metrics`, for Prometheus.
enum MetricsPage {
    static let kind = ResourceKind<Void>(
        "metrics", [.task(.GET, .HEAD, by: right) { _, call, _ in try await page(call.server) }])

    static let right = Right(permit: read)

    /// Totals are of all sites and stores, so that they are for who may read all of them.
    @Sendable private static func read(_: Void, _ caller: Caller) throws(LarderError) -> Permit {
        guard !caller.server.publicMetrics else { return Permit() }
        let principal = try caller.principal()
        try principal.checkEverywhere(.read)
        return Permit(grounds: .token(principal))
    }

    private static func page(_ server: ServerContext) async throws -> Answer {
        let totals = try await server.blobs.totals()
        var text = MetricsText()
        server.metrics.write(to: &text)
        server.gate.write(to: &text)
        write(totals, to: &text)
        writeState(of: server, to: &text)
        write(try await LastBackup.of(server.blobs), to: &text)
        write(server.blobs.statistics, to: &text)
        writeIndex(of: server.blobs, to: &text)
        writeObjects(of: server.blobs, to: &text)
        let headers: HTTPHeaders = [
            "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store",
        ]
        return Answer(.ok, headers: headers, body: .bytes(.init(string: text.text)))
    }

    private static func write(_ totals: StoreTotals, to text: inout MetricsText) {
        text.gauge("larder_entries", "Entries in all stores.", Double(totals.entries))
        text.gauge("larder_entry_bytes", "Plain bytes of all entries.", Double(totals.bytes))
        text.gauge("larder_stored_bytes", "Bytes as kept, before deduplication.", Double(totals.storedBytes))
        text.family("larder_removed_total", "counter", "Entries and events that rules took away.")
        text.sample("larder_removed_total", [("rule", "cap")], Double(totals.removed.cap))
        text.sample("larder_removed_total", [("rule", "cleanup")], Double(totals.removed.cleanup))
        text.sample("larder_removed_total", [("rule", "expired")], Double(totals.removed.expired))
    }

    private static func writeState(of server: ServerContext, to text: inout MetricsText) {
        let blobs = server.blobs
        text.gauge("larder_write_queue_depth", "Changes that wait for the writer.", Double(blobs.writeQueueDepth))
        text.gauge(
            "larder_disk_free_bytes", "Room on the disk of the data directory.", Double(blobs.diskGuard.freeBytes))
        text.gauge(
            "larder_disk_guard", "1 while there is too little room for writes.", blobs.diskGuard.isFull ? 1 : 0)
        text.gauge(
            "larder_clock_in_doubt", "1 while the clock has jumped ahead: no cleanup by itself.",
            server.jobs.isClockInDoubt ? 1 : 0)
        text.gauge("larder_jobs_running", "Jobs under way.", Double(server.jobs.runningCount))
        text.gauge("larder_followers", "Event streams that are open.", Double(server.entries.logs.hub.followerCount))
        text.gauge(
            "larder_read_only", "1 after a failed fsync: no writes until a restart.",
            blobs.readOnlyReason == nil ? 0 : 1)
    }

    /// Nothing before the first snapshot.
    private static func write(_ backup: LastBackup?, to text: inout MetricsText) {
        guard let backup else { return }
        text.gauge(
            "larder_backup_last_success_timestamp_seconds", "When the last snapshot was made, since 1970.",
            Double(backup.at / 1_000))
        text.gauge(
            "larder_backup_last_bytes", "Bytes as kept of the content that the last snapshot names.",
            Double(backup.bytes))
        text.gauge(
            "larder_backup_last_new_bytes", "Bytes that it added to its repository.", Double(backup.newBytes))
    }

    /// What keeps the index and, behind a network, how that does. While it is away there is no such page.
    private static func writeIndex(of blobs: BlobStore, to text: inout MetricsText) {
        let state = blobs.indexState
        text.family("larder_index_up", "gauge", "1 while the index can be reached.")
        text.sample("larder_index_up", [("engine", state.kind)], state.trouble == nil ? 1 : 0)
        text.gauge("larder_nodes_up", "Nodes that serve this index and are up.", Double(blobs.upCount))
        text.counter(
            "larder_batches_overtaken_total", "Transactions that other nodes overtook, and that were begun again.",
            blobs.statistics.batchesOvertaken.value)
        guard let outages = blobs.indexOutages, let seconds = state.answerSeconds else { return }
        text.counter("larder_index_outages_total", "Times the database could not be reached.", outages)
        text.family("larder_index_answer_seconds", "histogram", "What an answer of the database is waited for.")
        text.histogram("larder_index_answer_seconds", [], seconds)
    }

    /// Where large content is kept and, behind a network, how that does.
    private static func writeObjects(of blobs: BlobStore, to text: inout MetricsText) {
        text.family("larder_objects_up", "gauge", "1 while large content can be kept and read.")
        text.sample("larder_objects_up", [("engine", blobs.objectState.kind)], blobs.objectTrouble == nil ? 1 : 0)
        guard let measures = blobs.objectMeasures else { return }
        text.counter("larder_objects_requests_total", "Requests to what keeps objects.", measures.requests)
        text.counter("larder_objects_retries_total", "Those beside a first try.", measures.retries)
        text.counter("larder_objects_failures_total", "What no try helped.", measures.failures)
        text.family("larder_objects_request_seconds", "histogram", "From a request to the head of its answer.")
        text.histogram("larder_objects_request_seconds", [], measures.requestSeconds)
    }

    private static func write(_ statistics: StoreStatistics, to text: inout MetricsText) {
        text.family("larder_commit_seconds", "histogram", "One transaction, its fsync included.")
        text.histogram("larder_commit_seconds", [], statistics.commitSeconds)
        text.family("larder_commit_batch_size", "histogram", "Changes in one transaction.")
        text.histogram("larder_commit_batch_size", [], statistics.commitBatchSizes)
        text.family("larder_checkpoint_seconds", "histogram", "Moving the WAL into the database.")
        text.histogram("larder_checkpoint_seconds", [], statistics.checkpointSeconds)
        text.counter("larder_dedup_hits_total", "Writes whose content was there already.", statistics.dedupHits.value)
        text.counter("larder_dedup_saved_bytes_total", "Bytes not stored a second time.", statistics.dedupBytes.value)
        text.counter("larder_gzip_saved_bytes_total", "Bytes that gzip saved.", statistics.gzipSavedBytes.value)
        text.counter("larder_cache_hits_total", "Entries found in memory.", statistics.cacheHits.value)
        text.counter("larder_cache_misses_total", "Entries read from the index.", statistics.cacheMisses.value)
    }
}
