import LarderModel
import Synchronization

/// Why nothing is written any more, until a restart.
final class WriteRefusal: Sendable {
    private let state = Mutex<LarderError?>(nil)

    /// nil while all is well.
    var reason: LarderError? { state.withLock { $0 } }

    /// The first reason stays.
    func set(_ reason: LarderError) { state.withLock { $0 = $0 ?? reason } }
}
