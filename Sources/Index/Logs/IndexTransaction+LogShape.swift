package import LarderModel

extension IndexTransaction {
    /// How entries of logs are shown; the content is the array of the events.
    package struct LogShape: Sendable {
        /// Whether its events are those of a run, which goes by when they came.
        package var isRun: Bool
        /// When a write makes it end; ``Expiry/never``: it does not.
        package var expiry: Expiry
        /// How far each write puts that off; nil: it does not.
        package var ttl: Duration?
        /// Makes the hash after an event from the one before it and the event.
        package var fold: @Sendable (_ chain: [UInt8], _ event: [UInt8]) -> [UInt8]
        /// Makes the ETag from the hash, the first kept sequence number and the metadata.
        package var etag: @Sendable (_ chain: [UInt8], _ first: Int64, Metadata) -> ETag

        package init(
            isRun: Bool = true, expiry: Expiry = .never, ttl: Duration? = nil,
            fold: @escaping @Sendable ([UInt8], [UInt8]) -> [UInt8],
            etag: @escaping @Sendable ([UInt8], Int64, Metadata) -> ETag
        ) {
            self.isRun = isRun
            self.expiry = expiry
            self.ttl = ttl
            self.fold = fold
            self.etag = etag
        }
    }
}
