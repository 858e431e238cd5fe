/// What an import or an export did.
public struct TransferOutcome: Sendable, Hashable, Codable {
    /// A file or an entry that did not make it.
    public struct Failure: Sendable, Hashable, Codable {
        /// Its path, or its key.
        public var name: String
        /// Why.
        public var message: String
    }

    /// Files or entries carried over; in a dry run: that would be.
    public var transferred: Int64 = 0
    /// Of those, their bytes.
    public var bytes: Int64 = 0
    /// There already, the same.
    public var skipped: Int64 = 0
    /// Links, pipes and the like, and files that a manifest doesn't name.
    public var ignored: Int64 = 0
    /// The first hundred of those, each with the reason.
    public var passedOver: [Failure] = []
    /// Entries that were removed because the folder has no file for them; in a dry run: that would be.
    public var removed: Int64 = 0
    /// How many failed.
    public var failed: Int64 = 0
    /// The first hundred of them.
    public var failures: [Failure] = []

    static let failuresMax = 100

    package init() {}

    mutating func passOver(_ name: String, _ reason: String) {
        ignored += 1
        if passedOver.count < Self.failuresMax { passedOver.append(Failure(name: name, message: reason)) }
    }

    /// What was done, passed over and what failed elsewhere.
    package mutating func add(_ other: TransferOutcome) {
        transferred += other.transferred
        bytes += other.bytes
        skipped += other.skipped
        removed += other.removed
        ignored += other.ignored
        passedOver += other.passedOver.prefix(Self.failuresMax - passedOver.count)
        failed += other.failed
        failures += other.failures.prefix(Self.failuresMax - failures.count)
    }

    mutating func fail(_ name: String, _ error: any Error) {
        fail(name, because: (error as? LarderClientError)?.message ?? "\(error)")
    }

    package mutating func fail(_ name: String, because message: String) {
        failed += 1
        guard failures.count < Self.failuresMax else { return }
        failures.append(Failure(name: name, message: message))
    }
}

/// How far an import or an export is.
public struct TransferProgress: Sendable, Hashable {
    /// Files or entries dealt with.
    public var done: Int64
    /// All of them; 0 when it isn't known.
    public var total: Int64
    /// Bytes carried over.
    public var bytes: Int64

    package init(done: Int64, total: Int64, bytes: Int64) {
        self.done = done
        self.total = total
        self.bytes = bytes
    }
}
