import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/healthz`, `/readyz`, `/version`, `/metrics`, `/openapi.json`.
struct HealthFace {
    let context: ServerContext

    func answer(_ route: ServerRoute, _ request: RequestHead) async throws -> Answer {
        guard request.method == .GET || request.method == .HEAD else {
            throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        }
        switch route {
        case .health: return health()
        case .ready: return ready()
        case .version: return version()
        case .metrics: return try await metrics(request)
        case .description: return try DescriptionFace.answer(request)
        }
    }

    /// The process is up and answers.
    private func health() -> Answer { .json(.ok, #"{"status":"ok"}"#) }

    /// The process does its work: 503 with the reason when it can't.
    private func ready() -> Answer {
        if let reason = context.store.readOnlyReason { return .error(reason) }
        if let reason = context.store.diskGuard.refusal {
            var answer = Answer.error(reason)
            answer.status = .serviceUnavailable
            return answer
        }
        return .json(.ok, #"{"status":"ready"}"#)
    }

    private func version() -> Answer { .json(.ok, #"{"version":"\#(LarderVersion.current)","api":"v1"}"#) }

    private func metrics(_ request: RequestHead) async throws -> Answer {
        if !context.publicMetrics { try context.authorize(request, .read, site: .default) }
        let totals = try await context.store.totals()
        var text = MetricsText()
        context.metrics.write(to: &text)
        context.gate.write(to: &text)
        let store = context.store, statistics = store.statistics
        text.gauge("larder_entries", "Entries in all stores.", Double(totals.entries))
        text.gauge("larder_entry_bytes", "Plain bytes of all entries.", Double(totals.bytes))
        text.gauge("larder_stored_bytes", "Bytes as kept, before deduplication.", Double(totals.storedBytes))
        text.gauge("larder_write_queue_depth", "Changes that wait for the writer.", Double(store.writeQueueDepth))
        text.gauge(
            "larder_disk_free_bytes", "Room on the disk of the data directory.",
            Double(context.store.diskGuard.freeBytes))
        text.gauge(
            "larder_disk_guard", "1 while there is too little room for writes.", context.store.diskGuard.isFull ? 1 : 0)
        text.gauge(
            "larder_clock_in_doubt", "1 while the clock has jumped ahead: no cleanup by itself.",
            context.jobs.isClockInDoubt ? 1 : 0)
        text.gauge("larder_jobs_running", "Jobs under way.", Double(context.jobs.runningCount))
        text.family("larder_removed_total", "counter", "Entries and events that rules took away.")
        text.sample("larder_removed_total", [("rule", "cap")], Double(totals.removed.cap))
        text.sample("larder_removed_total", [("rule", "cleanup")], Double(totals.removed.cleanup))
        text.sample("larder_removed_total", [("rule", "expired")], Double(totals.removed.expired))
        text.gauge("larder_followers", "Event streams that are open.", Double(context.entries.logs.hub.followerCount))
        text.gauge(
            "larder_read_only", "1 after a failed fsync: no writes until a restart.",
            store.readOnlyReason == nil ? 0 : 1)
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
        let headers: HTTPHeaders = [
            "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store",
        ]
        return Answer(.ok, headers: headers, body: .bytes(.init(string: text.text)))
    }
}
