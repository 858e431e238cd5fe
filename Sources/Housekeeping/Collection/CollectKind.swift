import LarderModel

extension JobKind {
    /// Removes objects that nothing refers to, and gives room back to the disk.
    static let collect = JobKind(
        "collect", title: { _ in "Garbage collection" }, JobRequest.collect, read: { try CollectRequest(reading: $0) })
}

extension JobRequest {
    package static func collect(_ wanted: CollectRequest) -> JobRequest {
        JobRequest(.collect, wanted) { try CollectWork(wanted, $0, $1.blobs) }
    }
}

extension CollectRequest {
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`.
    init(reading order: JobOrder) throws {
        let fields = try order.fields(known: ["grace"])
        self.init(grace: try fields.duration("grace") ?? Self.graceDefault, isFull: true)
    }
}
