import Snapshots
import Synchronization

/// A bar for each phase of a restore.
final class RestoreBars: Sendable {
    private let isPlainSilent: Bool
    private let shown = Mutex<(phase: RestoreProgress.Phase, bar: JobBar)?>(nil)

    init(isPlainSilent: Bool) { self.isPlainSilent = isPlainSilent }

    func update(_ progress: RestoreProgress) {
        let bar = shown.withLock { shown -> JobBar in
            if let shown, shown.phase == progress.phase { return shown.bar }
            shown?.bar.finish()
            let (label, unit) = Self.words(progress.phase)
            let bar = JobBar(label, unit: unit, isPlainSilent: isPlainSilent)
            shown = (progress.phase, bar)
            return bar
        }
        bar.update(.init(done: progress.done, total: max(progress.total, progress.done), bytes: progress.bytes))
    }

    private static func words(_ phase: RestoreProgress.Phase) -> (String, String) {
        switch phase {
        case .reading: ("Reading the manifest", "rows")
        case .content: ("Content", "contents")
        case .rows: ("Rows", "rows")
        case .comparing: ("Comparing", "rows and contents")
        }
    }

    func finish() { shown.withLock { $0?.bar.finish() } }
}
