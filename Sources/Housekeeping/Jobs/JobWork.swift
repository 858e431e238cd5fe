import Index
package import LarderModel

/// What a job does, step by step. A value: what it holds is where it is, and ``checkpoint`` brings it back after a
/// restart.
package protocol JobWork: Sendable {
    /// How far it is.
    var progress: JobProgress { get }
    /// Where it is, as JSON.
    var checkpoint: [UInt8] { get throws }
    /// What came of it, as a JSON object. Asked for once, behind the last step.
    var result: [UInt8] { get throws }
    /// The result as the log is to have it: counts, no keys.
    var summary: [UInt8] { get throws }
    /// Whether it did, or found, anything worth remembering when nobody asked for it.
    var isNoteworthy: Bool { get }

    /// Goes one bounded step on: some milliseconds of the writer, or of a disk.
    /// - Parameter job: stores where it is, in the transaction of the step where there is one.
    /// - Throws: `CancellationError` when the server goes down, `JobLost` when the job is not this node's any more; any
    ///   other error ends the job as failed.
    mutating func step(_ job: JobNumber) async throws -> JobStep

    /// Lets go of what it holds outside of the server: it goes no step on from here. What fails is passed over.
    func abandon() async
}

extension JobWork {
    package var summary: [UInt8] { get throws { try result } }
    package func abandon() async {}
}

/// The number under which the index keeps a job.
package struct JobNumber: Sendable, Hashable {
    package let id: Int64

    /// Stores where the job is, in this transaction.
    /// - Throws: `JobLost` when it is not this node's any more.
    func save(_ work: some JobWork, in transaction: IndexTransaction) throws {
        try transaction.saveJob(id, checkpoint: try work.checkpoint, work.progress)
    }

    /// In a transaction of a step that does not store where the job is.
    /// - Throws: `JobLost` when it is not this node's any more.
    func check(in transaction: IndexTransaction) throws { try transaction.checkJob(id) }
}

/// What a step leaves to be done.
package enum JobStep: Sendable, Equatable {
    /// Another step, after this pause.
    case more(pause: Duration)
    case done
}
