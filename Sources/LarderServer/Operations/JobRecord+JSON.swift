import Housekeeping
import LarderModel

extension JobRecord {
    /// A job as the wire shows it (contract §4.6):
    ///
    ///     {"id","kind","title","state","requestedBy",
    ///      "progress":{"done","total","bytes","bytesPerSecond","secondsLeft"?},"startedAt","endedAt"?,"request":{…},
    ///      "result"?:{…},"error"?:{"code","message"}}
    func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("id", "\(id)")
            out.field("kind", kind)
            out.field("title", JobKind.title(of: self))
            out.field("state", state.rawValue)
            out.field("requestedBy", requestedBy)
            out.name("progress")
            writeProgress(to: &out)
            out.field("startedAt", startedAt)
            if let endedAt { out.field("endedAt", endedAt) }
            if !request.isEmpty { out.field("request", raw: request) }
            if let result, !result.isEmpty { out.field("result", raw: result) }
            if let error, !error.isEmpty { out.field("error", raw: error) }
        }
    }

    private func writeProgress(to out: inout JSONWriter) {
        let seconds = max(Double(updatedAt.milliseconds - startedAt.milliseconds) / 1_000, 0.001)
        out.object { out in
            out.field("done", progress.done)
            out.field("total", progress.total)
            out.field("bytes", progress.bytes)
            out.field("bytesPerSecond", Int64(Double(progress.bytes) / seconds))
            if state == .running, progress.done > 0, progress.total >= progress.done {
                let left = seconds / Double(progress.done) * Double(progress.total - progress.done)
                out.field("secondsLeft", Int64(left))
            }
        }
    }

    /// The job alone.
    var json: [UInt8] {
        var out = JSONWriter()
        write(to: &out)
        return out.bytes
    }
}
