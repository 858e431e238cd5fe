import LarderModel
import Synchronization

/// The `Date` field, made once a second.
enum HTTPDateCache {
    private static let cached = Mutex<(second: Int64, text: String)>((0, ""))

    static func now() -> String {
        let time = WallClock.system.now()
        return cached.withLock { cached in
            if cached.second != time.wholeSeconds { cached = (time.wholeSeconds, time.httpDate) }
            return cached.text
        }
    }
}
