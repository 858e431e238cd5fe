import LarderModel
import Synchronization

/// Why nothing is written any more until a restart, or nothing for a while.
final class WriteRefusal: Sendable {
    private let state = Mutex<LarderError?>(nil)
    private let pauseState = Mutex<LarderError?>(nil)

    /// Why clients' changes are refused for a while; nil: they are not.
    var pause: LarderError? {
        get { pauseState.withLock { $0 } }
        set { pauseState.withLock { $0 = newValue } }
    }

    /// nil while all is well.
    var reason: LarderError? { state.withLock { $0 } }

    /// The first reason stays.
    func set(_ reason: LarderError) { state.withLock { $0 = $0 ?? reason } }
}
