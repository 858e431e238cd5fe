import FoundationEssentials
import LarderClient
import struct LarderModel.JSONWriter

/// Pages and lists of logs as the server gives them: events and metadata byte for byte.
extension LogPage {
    /// The page as one JSON document.
    var json: [UInt8] {
        var out = JSONWriter()
        out.object { out in
            out.field("store", store)
            out.field("key", key)
            out.field("first", first)
            out.field("last", last)
            out.field("count", count)
            out.field("dropped", dropped)
            out.field("etag", etag)
            out.field("metadata", raw: metadata.json)
            out.name("events")
            out.array(events) { $1.write(to: &$0) }
            if let next { out.field("next", next) }
            if let previous { out.field("previous", previous) }
        }
        return out.bytes
    }
}

extension LoggedEvent {
    /// `{"seq","at"?,"receivedAt"?,"event"}`
    func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("seq", seq)
            if let at { out.field("at", ClientJSON.text(at)) }
            if let receivedAt { out.field("receivedAt", ClientJSON.text(receivedAt)) }
            out.field("event", raw: json)
        }
    }
}

extension LogInfo {
    /// The log as an item of a list.
    func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("key", key)
            out.field("first", first)
            out.field("last", last)
            out.field("count", count)
            out.field("dropped", dropped)
            out.field("bytes", bytes)
            if let startedAt { out.field("startedAt", ClientJSON.text(startedAt)) }
            if let updatedAt { out.field("updatedAt", ClientJSON.text(updatedAt)) }
            if let expiresAt { out.field("expiresAt", ClientJSON.text(expiresAt)) }
            out.field("metadata", raw: metadata.json)
            if let lastEvent {
                out.name("lastEvent")
                lastEvent.write(to: &out)
            }
        }
    }
}
