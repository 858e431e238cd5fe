package import LarderModel

extension IndexTransaction {
    /// How entries of logs are shown; the content is the array of the events.
    package struct LogShape: Sendable {
        package var metadata: Metadata?
        /// Makes the hash after an event from the one before it and the event.
        package var fold: @Sendable (_ chain: [UInt8], _ event: [UInt8]) -> [UInt8]
        /// Makes the ETag from the hash, the first kept sequence number and the metadata.
        package var etag: @Sendable (_ chain: [UInt8], _ first: Int64, Metadata) -> ETag

        package init(
            metadata: Metadata?, fold: @escaping @Sendable ([UInt8], [UInt8]) -> [UInt8],
            etag: @escaping @Sendable ([UInt8], Int64, Metadata) -> ETag
        ) {
            self.metadata = metadata
            self.fold = fold
            self.etag = etag
        }
    }
}
