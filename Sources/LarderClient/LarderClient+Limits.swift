extension LarderClient {
    /// How long to wait for what. No request has a limit in all: content may be of any size.
    public struct Limits: Sendable, Hashable {
        /// For a connection to be made.
        public var connect: Duration
        /// For the next byte of an answer, also for its first.
        public var idle: Duration
        /// For the next byte of a run that is followed; the server sends one every 15 s at least.
        public var streamIdle: Duration
        /// What happens after 429 and 503.
        public var retry: RetryPolicy

        /// - Parameters:
        ///   - connect: for a connection to be made.
        ///   - idle: for the next byte of an answer.
        ///   - streamIdle: for the next byte of a run that is followed.
        ///   - retry: what happens after 429 and 503.
        public init(
            connect: Duration = .seconds(10), idle: Duration = .seconds(120), streamIdle: Duration = .seconds(45),
            retry: RetryPolicy = RetryPolicy()
        ) {
            self.connect = connect
            self.idle = idle
            self.streamIdle = streamIdle
            self.retry = retry
        }
    }
}
