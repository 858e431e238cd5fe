import LarderModel

extension JobKind {
    /// Reads every object and compares it with its name.
    static let verify = JobKind(
        "verify", title: { _ in "Verification" }, JobRequest.verify, read: { try VerifyRequest(reading: $0) })

    /// The same, spread over a month, by itself.
    static let scrub = JobKind("scrub", title: { _ in "Background verification" }, JobRequest.scrub, read: nil)
}

extension JobRequest {
    package static func verify(_ wanted: VerifyRequest) -> JobRequest {
        JobRequest(.verify, wanted) { try VerifyWork(wanted, $0, $1.blobs) }
    }

    static func scrub(_ wanted: VerifyRequest) -> JobRequest {
        JobRequest(.scrub, wanted) { try VerifyWork(wanted, $0, $1.blobs) }
    }
}

extension VerifyRequest {
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`.
    init(reading order: JobOrder) throws {
        guard let text = try order.fields(known: ["rate"]).string("rate") else {
            self.init()
            return
        }
        guard let rate = ByteCount(parsing: text), rate.bytes > 0 else {
            throw LarderError(
                .malformedRequest, "rate is a size to read in a second, such as 50MB; got '\(text.prefix(40))'.")
        }
        self.init(bytesPerSecond: rate.bytes)
    }
}
