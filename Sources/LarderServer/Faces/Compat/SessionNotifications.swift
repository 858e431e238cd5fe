import Access
import Index
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// `/compat/mentraos/notifications?userId=`: what a user was notified of, a log.
enum SessionNotifications {
    static let kind = ResourceKind<Void>(
        "notifications",
        [
            .task(.GET, by: .store(.read, CompatKey.store("sessions"))) { _, call, _ in
                guard let log = try log(call) else { return missing }
                let limit = try call.request.number("limit") ?? 5
                guard (1...1_000).contains(limit) else {
                    throw LarderError(.malformedRequest, "limit is 1 to 1000.")
                }
                let found = try await call.server.entries.logs.page(log, LogQuery(.before(nil), limit: Int(limit)))
                var json = JSONWriter()
                json.object { json in
                    json.name("notifications")
                    json.array(found?.page.events ?? []) { $0.value(raw: $1.json) }
                }
                return .json(.ok, json.bytes)
            },
            .task(.POST, by: .store(.write, CompatKey.store("sessions"))) { _, call, body in
                guard let log = try log(call) else { return missing }
                let events = try await body.collect(limit: Call.appendMax, copies: 2)
                _ = try await call.server.entries.logs.append(events, to: log)
                return SessionObject.success
            },
        ])

    private static var missing: Answer { .missing("userId") }

    /// - Returns: nil when the user is missing.
    private static func log(_ call: Call) throws(LarderError) -> EntryName? {
        guard let user = call.request.queryField("userId"), !user.isEmpty else { return nil }
        return try call.permit.entry(CompatKey.key([user], "notifications"))
    }
}
