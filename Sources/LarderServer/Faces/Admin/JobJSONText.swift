import LarderModel

/// A job as the wire shows it (contract §4.6):
///
///     {"id","kind","state","requestedBy","progress":{"done","total","bytes","bytesPerSecond","secondsLeft"?},"startedAt","endedAt"?,
///      "request":{…},"result"?:{…},"error"?:{"code","message"}}
enum JobJSONText {
    static func json(_ job: JobRecord) -> [UInt8] {
        var out = Array(
            #"{"id":"\#(job.id)","kind":"\#(job.kind)","state":"\#(job.state.rawValue)","requestedBy":"#.utf8)
        JSONText.appendQuoted(job.requestedBy.utf8, to: &out)
        out.append(contentsOf: #","progress":"#.utf8)
        append(job.progress, of: job, to: &out)
        out.append(contentsOf: #","startedAt":"\#(job.startedAt)""#.utf8)
        if let endedAt = job.endedAt { out.append(contentsOf: #","endedAt":"\#(endedAt)""#.utf8) }
        for (name, document) in [("request", job.request), ("result", job.result), ("error", job.error)] {
            guard let document, !document.isEmpty else { continue }
            out.append(contentsOf: #","\#(name)":"#.utf8)
            out.append(contentsOf: document)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    private static func append(_ progress: JobProgress, of job: JobRecord, to out: inout [UInt8]) {
        let seconds = max(Double(job.updatedAt.milliseconds - job.startedAt.milliseconds) / 1_000, 0.001)
        let rate = Int64(Double(progress.bytes) / seconds)
        out.append(
            contentsOf:
                #"{"done":\#(progress.done),"total":\#(progress.total),"bytes":\#(progress.bytes),"bytesPerSecond":\#(rate)"#
                .utf8)
        if job.state == .running, progress.done > 0, progress.total >= progress.done {
            let left = Int64(seconds / Double(progress.done) * Double(progress.total - progress.done))
            out.append(contentsOf: #","secondsLeft":\#(left)"#.utf8)
        }
        out.append(UInt8(ascii: "}"))
    }
}
