import LarderModel

/// What a lock's file says: `{"larder":…,"purpose":…,"startedAt":…,"place"?,"process"?}`.
struct LockNote {
    /// Which Larder holds it; nil: it can't be read, which may be the work of a newer larder.
    let larder: String?
    /// nil: as above; then it forbids everything.
    let purpose: RepositoryLock.Purpose?
    let startedAt: Timestamp?
    /// nil: nobody can tell.
    let process: LockProcess?

    init(
        larder: String, purpose: RepositoryLock.Purpose, startedAt: Timestamp, process: LockProcess? = LockProcess.own
    ) {
        self.larder = larder
        self.purpose = purpose
        self.startedAt = startedAt
        self.process = process
    }

    init(parsing bytes: [UInt8]) {
        let fields = (try? SmallJSON.fields(bytes)) ?? [:]
        larder = fields["larder"]
        purpose = fields["purpose"].flatMap { RepositoryLock.Purpose(rawValue: $0) }
        startedAt = fields["startedAt"].flatMap { Timestamp(iso8601: $0) }
        let id = fields["process"].flatMap { Int32($0) }
        process = fields["place"].flatMap { place in id.map { LockProcess(place: place, id: $0) } }
    }

    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.name("larder")
            json.value(quoting: (larder ?? "").utf8)
            json.name("purpose")
            json.value(quoting: (purpose?.rawValue ?? "").utf8)
            json.field("startedAt", startedAt)
            guard let process else { return }
            json.field("place", process.place)
            json.field("process", Int64(process.id))
        }
        return json.bytes + [10]
    }

    /// For people: `a snapshot of larder 5f0c… since 2026-…`.
    var text: String {
        let what = purpose.map { $0 == .writing ? "a snapshot" : "a prune" } ?? "something"
        return "\(what) of larder \(larder ?? "unknown")" + (startedAt.map { " since \($0)" } ?? "")
    }

    /// Whether it and one for that purpose can't be at once: writers may be several, who prunes is alone.
    func forbids(_ other: RepositoryLock.Purpose) -> Bool { purpose != .writing || other != .writing }
}
