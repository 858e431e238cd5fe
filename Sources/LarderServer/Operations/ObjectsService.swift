import BlobStore
import LarderModel
import Logging
import ServiceLifecycle

/// Looks every few seconds how what keeps large content behind a network is, and says when that changes. Where it was
/// not reached at the start it is looked for until it is; what turns out to be wrong then ends the server.
struct ObjectsService: Service {
    let blobs: BlobStore
    let logger: Logger
    /// Whether it was found at the start.
    let isSettled: Bool

    private static let interval = Duration.seconds(2)
    /// Between two lines that say the same.
    private static let reminder = Duration.seconds(60)

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                if !isSettled { try await settle() }
                try await watch()
            } catch is CancellationError {}
        }
    }

    private func settle() async throws {
        var isNext = Reminder()
        while true {
            try await Task.sleep(for: Self.interval)
            do { return try await blobs.settleObjects() } catch let error as LarderError
                where error.code == .unavailable
            {
                if isNext.isDue { logger.warning("\(error.message); waiting for it") }
            }
        }
    }

    private func watch() async throws {
        var isNext = Reminder()
        var wasInTrouble = !isSettled
        while true {
            await probe()
            if let trouble = blobs.objectTrouble {
                if !wasInTrouble || isNext.isDue {
                    if !wasInTrouble { isNext = Reminder() }
                    logger.warning("large content can't be kept or read", metadata: ["cause": "\(trouble.cause ?? "")"])
                }
                wasInTrouble = true
            } else {
                if wasInTrouble { logger.notice("large content is kept and read again") }
                wasInTrouble = false
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    private func probe() async {
        let begun = ContinuousClock.now
        await blobs.probeObjects()
        let took = (ContinuousClock.now - begun) / .milliseconds(1)
        blobs.setBucket(milliseconds: blobs.objectTrouble == nil ? took : nil)
    }

    /// Once a minute, and not at once.
    private struct Reminder {
        private var last = ContinuousClock.now

        var isDue: Bool {
            mutating get {
                guard ContinuousClock.now - last >= ObjectsService.reminder else { return false }
                last = .now
                return true
            }
        }
    }
}
