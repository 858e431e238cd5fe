import EventStreams
import Housekeeping
import LarderHTTP
import LarderModel
import Logs

/// A job's progress as an event stream (WHATWG HTML §9.2): `progress` events with the job as their data, each at most a
/// quarter of a second after the change, then one called `ended`. It also ends, without that, when the server goes down
/// or who asked is let in no longer.
enum JobStream {
    static func follow(_ id: Int64, _ call: Call) -> Handling {
        let server = call.server
        return call.follow { stream, fields in
            LatestStream<JobRecord>(
                .job(id), hub: server.entries.logs.hub, logger: server.logger, fields: fields, stream: stream
            ) { seen in try await look(at: id, seen, server.jobs) }
        }
    }

    private static func look(at id: Int64, _ seen: JobRecord?, _ jobs: JobRunner) async throws
        -> LatestStream<JobRecord>.Found?
    {
        guard let job = try await jobs.job(id) else {
            // A job of the schedule that had nothing to do is forgotten at once.
            guard seen == nil else { return nil }
            throw JobRunner.missing("\(id)")
        }
        let isOver = job.state != .running
        let frame = job == seen ? nil : EventFrame(event: isOver ? "ended" : "progress", data: job.json)
        return .init(state: job, frame: frame, isLast: isOver)
    }
}
