import Synchronization

/// Values in the order in which they came, from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let log = Mutex<[Value]>([])
    var values: [Value] { log.withLock { $0 } }
    func add(_ value: Value) { log.withLock { $0.append(value) } }
}
