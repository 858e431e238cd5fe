import Foundation
import LarderModel
import Synchronization

/// The one writer: a thread of its own that takes all waiting changes, applies them in one transaction, commits with
/// one fsync and then answers them all. What arrives meanwhile makes the next transaction, so the busier it is, the
/// cheaper a change gets.
///
/// - Blocks: only its own thread. Callers leave a closure and are called back.
/// - Bound: that of its ``WriteQueue``.
/// - Failure: a change that throws leaves the others of its transaction untouched. When a commit or the engine's upkeep
///   fails to reach the disk, nothing is written any more until a restart: the kernel may have dropped the pages, and a
///   second fsync would lie.
final class GroupCommit: Sendable {
    /// Changes in one transaction, and the rows and bytes of content after which it takes no more of them: together
    /// they bound how long the first waits for the last, to some 20 ms on one core of 2023.
    static let batchMax = 512
    static let batchRowsMax = 10_000
    static let batchBytesMax = 8 << 20
    /// How long nothing must happen before the engine may tidy up.
    static let idleSeconds = 2.0

    let database: any SQLDatabase
    let cache: EntryCache
    let clock: WallClock
    let statistics = IndexStatistics()
    /// Whether a job rewrites pages all over the index while clients are at work.
    let hasScatteredWork = Atomic(false)
    /// Whether a change found the disk full.
    let wantsRoom = Atomic(false)
    /// Called on the writer's thread after each commit that changed something, before its callers are answered; must
    /// not block. Added before there are writes, like the watchers.
    let observers = Mutex<[CommitObserver]>([])
    let watchers = Mutex<[any EntryWatcher]>([])
    /// Numbers of stores that committed transactions have met; touched by the writer's thread only.
    let storeIDs = Mutex<[IndexTransaction.StoreKey: Int64]>([:])

    /// Which versions of an entry the rules keep.
    let keptVersions: VersionRule
    let vaultRule: VaultRule
    let nodes: NodeRegistry
    private let queue = WriteQueue()
    private let refusal: WriteRefusal
    private let finished = DispatchGroup()

    init(
        database: any SQLDatabase, cache: EntryCache, clock: WallClock, _ nodes: NodeRegistry, _ refusal: WriteRefusal,
        _ keptVersions: @escaping VersionRule, _ vaultRule: @escaping VaultRule
    ) {
        self.keptVersions = keptVersions
        self.vaultRule = vaultRule
        self.nodes = nodes
        self.refusal = refusal
        self.database = database
        self.cache = cache
        self.clock = clock
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            loop()
            finished.leave()
        }
        thread.name = "larder-writer"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Takes no more changes, finishes those that wait, has the engine tidy up, ends the thread. Blocks.
    func stop() {
        queue.close()
        finished.wait()
    }

    func submit(_ change: QueuedChange) {
        let pause = change.isExempt ? nil : refusal.pause
        if let refusal = readOnlyReason ?? pause ?? queue.append(change) { change.refuse(refusal) }
    }

    var queueDepth: Int { queue.count }
    /// Why nothing is written any more, nil while all is well.
    var readOnlyReason: LarderError? { refusal.reason }

    func stopWriting(_ reason: LarderError) { refusal.set(reason) }

    /// Why changes are refused for a while; nil: they are not.
    var pause: LarderError? {
        get { refusal.pause }
        set { refusal.pause = newValue }
    }

    // MARK: The thread

    private func loop() {
        while true {
            if !queue.wait(seconds: Self.idleSeconds) { tend(.idle) }
            while true {
                let (batch, isClosed) = queue.take(max: Self.batchMax)
                if batch.isEmpty {
                    guard isClosed else { break }
                    return tend(.closing)
                }
                if wantsRoom.exchange(false, ordering: .relaxed) { tend(.full) }
                var waiting = batch[...]
                while !waiting.isEmpty {
                    waiting = run(waiting)
                    tend(.afterTransaction(isScattered: hasScatteredWork.load(ordering: .relaxed)))
                }
            }
        }
    }

    private func tend(_ moment: SQLUpkeep) {
        guard readOnlyReason == nil else { return }
        let begun = ContinuousClock.now
        do {
            guard try database.tend(moment) else { return }
            statistics.checkpointSeconds.observe((ContinuousClock.now - begun).seconds)
        } catch { _ = report(error) }
    }

    /// Turns a failure into what callers hear, and stops writing when the disk can't be trusted any more.
    func report(_ error: any Error) -> LarderError {
        let translated = LarderError.wrapping(SQLFailure.reported(error))
        if translated.code == .readOnly, !PlantedFault.strikes(.ignoreFailedSync) { stopWriting(translated) }
        return translated
    }
}
