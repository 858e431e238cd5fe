package import LarderModel
import Synchronization

/// Bounds how often a client may be wrong. A window of a minute begins with the first mistake.
package final class AttemptLimit: Sendable {
    /// Mistakes of one client in a minute; then it waits.
    package static let mistakesMax = 10
    /// Clients that are remembered; the ones beyond share one count.
    package static let clientsMax = 1_000
    private static let window = Duration.seconds(60)

    private struct Count {
        var until: Timestamp
        var mistakes: Int
    }
    private let counts = Mutex<[String: Count]>([:])
    private let clock: WallClock

    package init(clock: WallClock = .system) { self.clock = clock }

    /// - Returns: how long the client has to wait; nil: not at all.
    package func wait(_ client: String) -> Duration? {
        let now = clock.now()
        return counts.withLock { counts in
            guard let count = counts[Self.key(client, counts)], count.until > now, count.mistakes >= Self.mistakesMax
            else { return nil }
            return .milliseconds(count.until.milliseconds - now.milliseconds)
        }
    }

    package func countMistake(_ client: String) {
        let now = clock.now()
        counts.withLock { counts in
            if counts.count >= Self.clientsMax { counts = counts.filter { $0.value.until > now } }
            let key = Self.key(client, counts)
            if let count = counts[key], count.until > now {
                counts[key]?.mistakes += 1
            } else {
                counts[key] = Count(until: now + Self.window, mistakes: 1)
            }
        }
    }

    private static func key(_ client: String, _ counts: [String: Count]) -> String {
        counts.count < clientsMax || counts[client] != nil ? client : "others"
    }
}
